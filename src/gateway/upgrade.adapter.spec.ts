import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type ClientOptions, WebSocket } from 'ws';

import { Authenticator } from '../auth/authenticator.js';
import { Config } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { Hub } from '../delivery/hub.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import { UnauthorizedError } from '../domain/errors.js';
import type { Admission } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { ConcordGateway } from './concord.gateway.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { MessagingGateway } from './messaging.gateway.js';
import { RealtimeGateway } from './realtime.gateway.js';
import { UpgradeAdapter } from './upgrade.adapter.js';
import { UpgradeGate } from './upgrade-gate.js';

interface Refused {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly code: number; readonly message: string };
}

/** Takes the place of the tokens: who asks, by the query. */
const authenticator = {
  authenticate: async ({ url }: IncomingMessage) => {
    const query = new URL(url ?? '', 'http://localhost').searchParams;
    if (query.get('token') === 'crash') throw new TypeError('secret');
    if (query.get('token') !== 'good') throw new UnauthorizedError('the token is malformed');
    const device = query.get('claimed') ?? undefined;
    return { userId: 'User1', roles: [], expiresAt: Infinity, device };
  },
};

describe('UpgradeAdapter', () => {
  const drain = { started: false };
  const opened: { socket: ClientSocket; admission: Admission }[] = [];
  const connections = {
    size: 0,
    open: (socket: ClientSocket, _stream: unknown, admission: Admission) => opened.push({ socket, admission }),
  };
  const clients: WebSocket[] = [];
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      providers: [
        { provide: Config, useValue: readConfig({ MAX_CONNECTIONS: '2', ALLOWED_ORIGINS: 'https://app.example.com' }) },
        { provide: Authenticator, useValue: authenticator },
        { provide: Connections, useValue: connections },
        { provide: Hub, useValue: { introduce: async () => 7 } },
        { provide: Drain, useValue: drain },
        { provide: DialectRegistry, useValue: new DialectRegistry([messagingDialect]) },
        UpgradeGate,
        UpgradeAdapter,
        MessagingGateway,
        ConcordGateway,
        RealtimeGateway,
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(app.get(UpgradeAdapter));
    await app.listen(0, '127.0.0.1');
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterEach(() => {
    drain.started = false;
    connections.size = 0;
    opened.length = 0;
    for (const client of clients.splice(0)) client.terminate();
  });

  afterAll(() => app.close());

  function connectTo(path: string, subprotocols: string[] = [], options: ClientOptions = {}): WebSocket {
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, subprotocols, options);
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  async function open(...args: Parameters<typeof connectTo>): Promise<{ client: WebSocket; admission: Admission }> {
    const client = connectTo(...args);
    await once(client, 'open');
    const admission = opened.at(-1)?.admission;
    if (!admission) throw new Error('the gateway was not told');
    return { client, admission };
  }

  async function refused(...args: Parameters<typeof connectTo>): Promise<Refused> {
    const [, response] = (await once(connectTo(...args), 'unexpected-response')) as [unknown, IncomingMessage];
    const chunks = await response.toArray();
    const body = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as Refused['body'];
    return { status: response.statusCode, headers: response.headers, body };
  }

  it('opens a connection with what the upgrade has settled', async () => {
    const { admission } = await open('/messaging?token=good&ackResponses=false&device=phone');
    expect(admission).toMatchObject({ dialect: messagingDialect, device: 'phone', ackResponses: false });
    expect(admission.principal).toMatchObject({ userId: 'User1', device: 'phone' });
  });

  it('lets the claim name the device before the query', async () => {
    const { admission } = await open('/messaging?token=good&device=phone&claimed=laptop');
    expect(admission.device).toBe('laptop');
  });

  it.each(['/ws', '/client', '/messaging'])('speaks the dialect that is offered on %s and echoes it', async (path) => {
    const { client, admission } = await open(`${path}?token=good`, ['access_token.x', 'messaging.v1']);
    expect(client.protocol).toBe('messaging.v1');
    expect(admission.dialect).toBe(messagingDialect);
  });

  it('echoes the token where nothing else is offered', async () => {
    const { client } = await open('/messaging?token=good', ['access_token.x']);
    expect(client.protocol).toBe('access_token.x');
  });

  it.each([
    ['/nothing?token=good', 404],
    ['/ws?token=good', 404],
    ['/messaging/?token=good', 404],
    ['/messaging?token=bad', 401],
    ['/messaging', 401],
    ['/messaging?token=good&device=', 400],
    [`/messaging?token=good&device=${'x'.repeat(129)}`, 400],
    ['/messaging?token=good&device=a%00', 400],
  ])('refuses %s with %d', async (path, status) => {
    const refusal = await refused(path);
    expect(refusal.status).toBe(status);
    expect(refusal.body).toEqual({ code: status, message: expect.any(String) as string });
    expect(refusal.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(opened).toEqual([]);
  });

  it('says what kind of token a 401 wants', async () => {
    expect((await refused('/messaging')).headers['www-authenticate']).toBe('Bearer');
  });

  it('tells nothing of what went wrong inside', async () => {
    const { status, body } = await refused('/messaging?token=crash');
    expect(status).toBe(500);
    expect(body).toEqual({ code: 500, message: 'internal error' });
  });

  it('refuses an origin that is not listed, before it looks at the token', async () => {
    expect((await refused('/messaging', [], { origin: 'https://evil.example.com' })).status).toBe(403);
    await open('/messaging?token=good', [], { origin: 'https://app.example.com' });
  });

  it('refuses everybody while it is full', async () => {
    connections.size = 2;
    const { status, headers } = await refused('/messaging?token=good');
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('refuses everybody while it drains, before anything else is looked at', async () => {
    drain.started = true;
    const { status, headers } = await refused('/nothing');
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('refuses what is no WebSocket handshake with 400', async () => {
    const stream = connect(port, '127.0.0.1');
    stream.write('GET /messaging?token=good HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const answer = (await stream.toArray()).join('');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('X-Content-Type-Options: nosniff');
  });

  it('closes with 1009 on a frame that is too large', async () => {
    const { client } = await open('/messaging?token=good');
    client.send('x'.repeat(1_048_577));
    opened[0]?.socket.on('error', () => undefined);
    expect((await once(client, 'close'))[0]).toBe(1009);
  });
});
