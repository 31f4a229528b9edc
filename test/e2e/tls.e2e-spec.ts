import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ConcordClient } from '../support/concord-client.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';

type Name = 'first' | 'second';

const FIXTURES = join(__dirname, '..', 'fixtures', 'tls');
const fixture = (name: Name, part: 'cert' | 'key'): string =>
  readFileSync(join(FIXTURES, `${name}.${part}.pem`), 'utf8');
/** Whom the tests believe: both have signed themselves. */
const ca = [fixture('first', 'cert'), fixture('second', 'cert')];

describe('a server with TLS_CERT_FILE and TLS_KEY_FILE', () => {
  let folder: string;
  let certFile: string;
  let keyFile: string;
  let server: TestServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), '.parlance-tls-'));
    [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    put('first');
    server = await TestServer.startAlone({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
  });

  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const put = (name: Name): void => {
    writeFileSync(certFile, fixture(name, 'cert'));
    writeFileSync(keyFile, fixture(name, 'key'));
  };

  const port = (): number => Number(new URL(server.origin).port);
  const wss = (): string => `wss://127.0.0.1:${port()}`;
  const tokenOf = (user: string): string => signToken({ sub: user });

  async function get(path: string): Promise<{ status?: number; hsts: unknown; body: string }> {
    const asked = request(`https://127.0.0.1:${port()}${path}`, { ca, agent: false }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { statusCode: status, headers } = answer;
    return { status, hsts: headers['strict-transport-security'], body: await text(answer) };
  }

  async function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ host: '127.0.0.1', port: port(), ca, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  /** The certificate that whoever comes now is shown. */
  async function shown(): Promise<string> {
    const socket = await handshake();
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return String(subject.CN).split(' ', 1)[0] ?? '';
  }

  const showsNow = (name: Name): Promise<Name> =>
    eventually(async () => ((await shown()) === name ? name : undefined), `the ${name} certificate`);

  it('serves REST, and says that it is to be reached so only', async () => {
    const answer = await get('/health/ready');
    expect(answer).toEqual({
      status: 200,
      hsts: expect.stringMatching(/^max-age=\d{7,}/) as string,
      body: '{"status":"ready"}',
    });
  });

  it('speaks all dialects, one to the other', async () => {
    const [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
    const messaging = await MessagingClient.connect(wss(), tokenOf(ann), { ca });
    const realtime = await RealtimeClient.connect(wss(), tokenOf(ben), { ca, protocols: ['realtime.v1'] });
    const concord = await ConcordClient.connect(wss(), tokenOf(cid), { ca });
    await messaging.request('new', { chatId: ben, message: 'from messaging' });
    expect(await realtime.of('DirectMessage')).toMatchObject({ data: { payload: { message: 'from messaging' } } });
    await realtime.directMessage(ann, { message: 'from realtime' });
    await messaging.event('new', ({ message }) => message === 'from realtime');
    await concord.settled();

    // More than one record of TLS.
    await messaging.request('new', { chatId: ben, message: 'x'.repeat(60_000) });
    await realtime.of('DirectMessage', ({ payload }) => (payload as { message: string }).message.length === 60_000);
    for (const { socket } of [messaging, realtime, concord]) socket.terminate();
  });

  it('sees who lives and who does not, as without it', async () => {
    const quick = await TestServer.startAlone({
      ...{ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile },
      ...{ HEARTBEAT_S: '0.1', IDLE_TIMEOUT_S: '0.4' },
    });
    const address = quick.origin.replace('ws:', 'wss:');
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const listening = await MessagingClient.connect(address, tokenOf(ann), { ca });
    const first = await MessagingClient.connect(address, tokenOf(ben), { ca, autoPong: false });
    expect((await first.closed).code).toBe(4408);
    const second = await MessagingClient.connect(address, tokenOf(ben), { ca, autoPong: false });
    expect((await second.closed).code).toBe(4408);
    await listening.settled();
    listening.socket.terminate();
    await quick.stop();
  });

  it('speaks nothing older than TLS 1.2', async () => {
    const old = connect({
      host: '127.0.0.1',
      port: port(),
      ca,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake({ minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
  });

  it('ends what is no TLS, and goes on', async () => {
    const asked = plainRequest(`http://127.0.0.1:${port()}/health/live`, { agent: false }).end();
    await expect(once(asked, 'response')).rejects.toThrow();
    const noise = connectTcp(port(), '127.0.0.1').on('error', () => undefined);
    noise.write(Buffer.alloc(2_000, 0x16));
    await once(noise.resume(), 'close');
    expect((await get('/health/live')).status).toBe(200);
  });

  it('shows who comes the new certificate once the files are rewritten, and keeps who is there', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const client = await MessagingClient.connect(wss(), tokenOf(ann), { ca });
    expect(await shown()).toBe('first');
    put('second');
    await showsNow('second');
    expect(await client.request('new', { chatId: ben, message: 'still here' })).toMatchObject({ messageId: 1 });
    client.socket.terminate();
  });

  it.each<[string, RegExp, () => void]>([
    [
      'no certificate',
      /^TLS_CERT_FILE: .*cert\.pem holds no certificate/,
      () => {
        writeFileSync(certFile, 'nonsense');
      },
    ],
    [
      'an empty certificate',
      /^TLS_CERT_FILE: .*cert\.pem holds no certificate/,
      () => {
        truncateSync(certFile);
      },
    ],
    [
      'no key',
      /^TLS_KEY_FILE: .*key\.pem holds no private key/,
      () => {
        truncateSync(keyFile);
      },
    ],
    [
      'no file',
      /^TLS_KEY_FILE: .*key\.pem cannot be read: .*ENOENT/,
      () => {
        rmSync(keyFile);
      },
    ],
    [
      'another key',
      /^TLS_KEY_FILE: .*key\.pem is not the key of the certificate in TLS_CERT_FILE/,
      () => {
        writeFileSync(keyFile, fixture('second', 'key'));
      },
    ],
  ])('does not start with %s, and names the variable', async (_what, message, spoil) => {
    spoil();
    const start = TestServer.startAlone({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
    await expect(start).rejects.toThrow(message);
  });
});

describe('a server without TLS', () => {
  it('does not send browsers to a port where nobody speaks TLS', async () => {
    const server = await TestServer.startAlone();
    const { headers } = await fetch(`${server.httpOrigin}/health/live`);
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    await server.stop();
  });
});
