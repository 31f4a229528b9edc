import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { MessagingClient } from '../support/messaging-client.js';
import { Program, type Surroundings } from '../support/program.js';
import { newTestFolder, removeTestFolder } from '../support/test-server.js';
import { signToken, TEST_SECRET } from '../support/tokens.js';

/** Listens on a port that nobody else has. */
async function takePort(): Promise<{ server: Server; port: string }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

async function outcome(name: string, args: readonly string[], where: Surroundings): Promise<[number | null, string]> {
  const program = new Program(name, args, where);
  return [await program.ended, program.output];
}

describe('npm start, in an empty folder', () => {
  let cwd: string;
  let port: string;
  let server: Program;

  const where = (): Surroundings => ({ cwd, env: { PORT: port } });
  const address = (): string => `ws://127.0.0.1:${port}`;

  async function start(): Promise<void> {
    server = new Program('main', [], where());
    await server.says('Parlance listens on');
  }

  async function tokenOf(userId: string): Promise<string> {
    const [code, output] = await outcome('cli/token', [userId], where());
    expect(code).toBe(0);
    return output.trim();
  }

  beforeAll(async () => {
    cwd = newTestFolder();
    port = String(await freePort());
    await start();
  });

  afterAll(async () => {
    await Program.endAll();
    removeTestFolder(cwd);
  });

  it('says where it listens, how to get a token and what to try next', () => {
    expect(server.output).toContain(`http://localhost:${port}`);
    expect(server.output).toContain('npm run token -- User1');
    expect(server.output).toContain('npm run demo');
    expect(server.output.split('\n').length).toBeLessThan(12);
  });

  it('is ready, on a database of its own, in .data', async () => {
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    expect(existsSync(join(cwd, '.data'))).toBe(true);
  });

  it('takes the tokens that npm run token prints', async () => {
    const client = await MessagingClient.connect(address(), await tokenOf('User1'));
    await client.request('new', { chatId: 'User2', message: 'kept' });
    await client.close();
  });

  it('plays the demo to its end, printing each frame', async () => {
    const [code, output] = await outcome('cli/demo', [], where());

    expect(code).toBe(0);
    for (const type of ['typing', 'new', 'dlvrd', 'read', 'delete']) expect(output).toContain(`"eventType":"${type}"`);
  });

  it('refuses a second server on the same data in plain words', async () => {
    const [code, output] = await outcome('main', [], { cwd, env: { PORT: String(await freePort()) } });

    expect(code).toBe(1);
    expect(output).toMatch(
      /already uses the embedded database in .*Stop it first, or give this server another DATA_DIR/,
    );
    expect(output).not.toMatch(/^ +at /m);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'keeps messages and the key when it ends by %s and starts again',
    async (signal) => {
      const token = await tokenOf('User1');
      await server.signal(signal);
      await start();

      const client = await MessagingClient.connect(address(), token);
      const { messages } = await client.request<{ messages: unknown[] }>('messages', { chatId: 'User2' });
      expect(messages).toMatchObject([{ messageId: 1, message: 'kept' }]);
      await client.close();
    },
  );

  it('reads .env, and what is set outside it counts more', async () => {
    await server.signal('SIGTERM');
    writeFileSync(join(cwd, '.env'), `MAX_MESSAGE_BYTES=4\nPORT=1\nJWT_SECRET=${TEST_SECRET}\n`);
    await start();

    const client = await MessagingClient.connect(address(), signToken({ sub: 'User1' }));
    expect(await client.ask('new', { chatId: 'User2', message: 'hello' })).toMatchObject({ error: { code: 413 } });
    await client.close();
  });
});

describe('npm start, wrongly set up', () => {
  let cwd: string;

  beforeAll(() => {
    cwd = newTestFolder();
  });

  afterAll(async () => {
    await Program.endAll();
    removeTestFolder(cwd);
  });

  const refusal = async (env: Record<string, string>): Promise<string> => {
    const [code, output] = await outcome('main', [], { cwd, env });
    expect(code).toBe(1);
    expect(output).not.toMatch(/^ +at /m);
    return output;
  };

  it('refuses production without a key and names the three that would do', async () => {
    const output = await refusal({ NODE_ENV: 'production' });

    for (const name of ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URI']) expect(output).toContain(name);
  });

  it('refuses a weak secret in production', async () => {
    expect(await refusal({ NODE_ENV: 'production', JWT_SECRET: 'short' })).toMatch(/JWT_SECRET .*32 bytes/);
  });

  it.each<[string, Record<string, string>]>([
    ['NODE_ENV', { NODE_ENV: 'prod' }],
    ['PORT', { PORT: '80801' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
    ['ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'app.example.com' }],
    ['COMPRESSION', { COMPRESSION: 'yes' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://localhost/parlance' }],
    ['JWT_PUBLIC_KEY', { JWT_PUBLIC_KEY: 'no key' }],
    ['JWT_JWKS_URI', { JWT_JWKS_URI: 'ftp://id.example.com' }],
    ['MAX_FRAME_BYTES', { MAX_FRAME_BYTES: '1 MiB' }],
    ['RATE_LIMIT_FRAMES', { RATE_LIMIT_FRAMES: '0' }],
    ['UNKNOWN_RECIPIENTS', { UNKNOWN_RECIPIENTS: 'ignore' }],
    ['DRAIN_S', { DRAIN_S: '-1' }],
  ])('refuses a bad %s and names it', async (name, env) => {
    expect(await refusal(env)).toContain(`- ${name} `);
  });

  it('names all that is wrong at once, contradictions too', async () => {
    const output = await refusal({ PORT: 'x', HEARTBEAT_S: '30', IDLE_TIMEOUT_S: '20', MAX_MEMBERS: 'many' });

    for (const name of ['PORT', 'IDLE_TIMEOUT_S', 'HEARTBEAT_S', 'MAX_MEMBERS']) expect(output).toContain(name);
  });

  it('does not repeat the password of a DATABASE_URL that is not one', async () => {
    expect(await refusal({ DATABASE_URL: 'postgrs://me:hunter2@localhost/parlance' })).not.toContain('hunter2');
  });

  describe('says in plain words that', () => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createTestDatabase();
    });

    afterAll(() => database.drop());

    it('the port is taken', async () => {
      const { server, port } = await takePort();
      const output = await refusal({ DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: port });
      server.close();

      expect(output).toContain(port);
      expect(output).toContain('PORT');
    });

    it('nobody answers at DATABASE_URL', async () => {
      const url = `postgresql://me:hunter2@127.0.0.1:${await freePort()}/parlance`;
      const output = await refusal({ DATABASE_URL: url });

      expect(output).toContain('DATABASE_URL');
      expect(output).not.toContain('hunter2');
    });

    it('the database of DATABASE_URL does not exist', async () => {
      const url = new URL(database.url);
      url.pathname = '/nowhere';

      expect(await refusal({ DATABASE_URL: url.href })).toMatch(/DATABASE_URL.*"nowhere" does not exist/s);
    });
  });
});

describe('npm start, in production', () => {
  let cwd: string;
  let database: TestDatabase;

  beforeAll(async () => {
    cwd = newTestFolder();
    database = await createTestDatabase();
  });

  afterAll(async () => {
    await Program.endAll();
    await database.drop();
    removeTestFolder(cwd);
  });

  it('logs where it listens, one JSON object a line, and greets nobody', async () => {
    const env = {
      NODE_ENV: 'production',
      JWT_SECRET: TEST_SECRET,
      DATABASE_URL: database.url,
      PORT: String(await freePort()),
    };
    const server = new Program('main', [], { cwd, env: { ...env, DRAIN_DELAY_S: '0', DRAIN_S: '0' } });
    await server.says(`listening on port ${env.PORT}`);

    expect(await server.signal('SIGTERM')).toBe(0);
    for (const line of server.output.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });
});
