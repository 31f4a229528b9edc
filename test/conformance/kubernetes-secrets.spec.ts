import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import type { ISecret } from 'kubernetes-models/v1';
import { readConfig } from '../../src/config/read-config.js';
import { schemaErrors } from '../support/kubernetes/schema-errors.js';
import type { Manifest } from '../support/kubernetes/manifest.js';

const script = join(__dirname, '../../deploy/kubernetes/secrets/make-secrets.cjs');

describe('make-secrets.cjs', () => {
  const asked: { url?: string; authorization?: string; secret: ISecret }[] = [];
  let account: string;
  /** In place of the cluster's API server. */
  let api: Server;
  let status = 201;

  beforeAll(async () => {
    account = mkdtempSync(join(tmpdir(), 'parlance-account-'));
    writeFileSync(join(account, 'namespace'), 'somewhere');
    writeFileSync(join(account, 'token'), 'a-token\n');
    api = createServer((request, response) => {
      void json(request).then((secret) => {
        const { url, headers } = request;
        asked.push({ url, authorization: headers.authorization, secret: secret as ISecret });
        response.writeHead(status).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(api, 'listening');
  });

  afterAll(() => {
    api.close();
    rmSync(account, { recursive: true });
  });

  async function run(): Promise<{ code: number | null; said: string }> {
    const { port } = api.address() as AddressInfo;
    const env = { ACCOUNT_DIR: account, API_URL: `http://127.0.0.1:${port}`, PATH: process.env.PATH };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: child.exitCode, said: said.slice(0, 2).join('') };
  }

  it('makes all that the servers, NATS and PostgreSQL want, in one piece', async () => {
    status = 201;
    expect(await run()).toEqual({ code: 0, said: 'the secrets are made\n' });
    const { url, authorization, secret } = asked.at(-1) ?? { secret: {} };
    expect([url, authorization]).toEqual(['/api/v1/namespaces/somewhere/secrets', 'Bearer a-token']);
    expect(await schemaErrors([secret as Manifest])).toEqual([]);

    const { POSTGRES_PASSWORD = '', ...ofServers } = secret.stringData ?? {};
    const config = readConfig({ NODE_ENV: 'production', NATS_URL: 'nats://nats:4222', ...ofServers });
    expect(new URL(config.database.url ?? '').password).toBe(POSTGRES_PASSWORD);
    expect(config.bus.nats).toMatchObject({ user: 'parlance' });
    for (const word of [POSTGRES_PASSWORD, config.bus.nats?.password]) expect(word).toMatch(/^[a-z][0-9a-f]{48}$/);
    expect(config.auth.secret?.length).toBeGreaterThanOrEqual(64);
  });

  it('makes others each time, and leaves alone what is there', async () => {
    status = 409;
    expect(await run()).toEqual({ code: 0, said: 'there are secrets already\n' });
    const [before, after] = asked.slice(-2).map(({ secret }) => secret.stringData?.JWT_SECRET);
    expect(after).not.toBe(before);
  });

  it('fails, to be tried again, where it may not or cannot, and tells no secret', async () => {
    status = 403;
    expect(await run()).toEqual({ code: 1, said: 'the API server answered 403\n' });
  });
});
