import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

import { Body, Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type ClientOptions, WebSocket } from 'ws';

import { Authenticator } from '../auth/authenticator.js';
import { Config } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { Hub } from '../delivery/hub.js';
import { TopicHub } from '../delivery/topics/topic-hub.js';
import { concordDialect } from '../dialects/concord/concord.dialect.js';
import { messagingDialect } from '../dialects/messaging/messaging.dialect.js';
import { realtimeDialect } from '../dialects/realtime/realtime.dialect.js';
import { UnauthorizedError, UnavailableError } from '../domain/errors.js';
import { Metrics } from '../domain/metrics.js';
import type { Admission } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { ConcordGateway } from './concord.gateway.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { MessagingGateway } from './messaging.gateway.js';
import { RealtimeGateway } from './realtime.gateway.js';
import { Reception } from './reception.js';
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
    const token = query.has('version') ? { version: Number(query.get('version')) } : undefined;
    return { userId: 'User1', roles: [], expiresAt: Infinity, device, token };
  },
};

let onSlow: () => void = () => undefined;

function slowBegun(): Promise<void> {
  return new Promise((resolve) => (onSlow = resolve));
}

/** An application as plain HTTP sees it. */
@Controller()
class PlainController {
  @Get('health/live')
  live(): object {
    return { status: 'live' };
  }

  /** Not before the requests behind it were read. */
  @Get('slow')
  async slow(): Promise<object> {
    onSlow();
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    return { slow: true };
  }

  @Post('echo')
  echo(@Body() body: object): object {
    return body;
  }
}

describe('UpgradeAdapter', () => {
  const drain = { started: false };
  const opened: { socket: ClientSocket; admission: Admission }[] = [];
  const connections = {
    size: 0,
    open: (socket: ClientSocket, _stream: unknown, admission: Admission) => opened.push({ socket, admission }),
  };
  const clients: WebSocket[] = [];
  const introduced: unknown[] = [];
  let isRevoked = false;
  let isBanned = false;
  const metrics = new Metrics();
  const openedSessions: string[] = [];
  const hub = {
    introduce: async (identity: unknown) => {
      introduced.push(identity);
      return { deviceId: 7, isRevoked, isBanned };
    },
  };
  const topicHub = {
    openSession: async (userId: string, name: string) => {
      openedSessions.push(name);
      if (name === 'away') throw new UnavailableError('the database is away');
      return { sessionId: 3, name, resumed: false, gap: [], subscriptions: [], position: 0, userId };
    },
  };
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      controllers: [PlainController],
      providers: [
        { provide: Config, useValue: readConfig({ MAX_CONNECTIONS: '2', ALLOWED_ORIGINS: 'https://app.example.com' }) },
        { provide: Authenticator, useValue: authenticator },
        { provide: Connections, useValue: connections },
        { provide: Hub, useValue: hub },
        { provide: TopicHub, useValue: topicHub },
        { provide: Drain, useValue: drain },
        { provide: Metrics, useValue: metrics },
        {
          provide: DialectRegistry,
          useValue: new DialectRegistry([messagingDialect, concordDialect, realtimeDialect]),
        },
        Reception,
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
    introduced.length = 0;
    openedSessions.length = 0;
    isRevoked = false;
    isBanned = false;
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
    ['/messaging/?token=good', 404],
    ['/messaging?token=bad', 401],
    ['/messaging', 401],
    ['/messaging?token=good&device=', 400],
    [`/messaging?token=good&device=${'x'.repeat(129)}`, 400],
    ['/messaging?token=good&device=a%00', 400],
    ['/ws?token=good&session=', 400],
    [`/ws?token=good&session=${'x'.repeat(129)}`, 400],
    ['/ws?token=good&session=a%00', 400],
    ['/ws?token=good&session=away', 503],
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

  it.each(['/messaging?token=good', '/client?token=good', '/ws?token=good&session=work'])(
    'refuses %s with 401 where the token was revoked, and opens no session',
    async (path) => {
      isRevoked = true;
      const refusal = await refused(path);
      expect(refusal.status).toBe(401);
      expect(refusal.body).toEqual({ code: 401, message: 'the token was revoked' });
      expect(openedSessions).toEqual([]);
      expect(opened).toEqual([]);
    },
  );

  it('refuses who is banned with 403, and opens no session', async () => {
    isBanned = true;
    const refusal = await refused('/ws?token=good&session=work');
    expect(refusal.status).toBe(403);
    expect(openedSessions).toEqual([]);
  });

  it('counts each upgrade by what became of it', async () => {
    const before = new Map([...metrics.upgrades].map(([[status], count]) => [status, count]));
    await open('/messaging?token=good');
    await refused('/messaging?token=bad');
    await refused('/nowhere?token=good');
    const counted = [...metrics.upgrades].map(([[status], count]) => [status, count - (before.get(status) ?? 0)]);
    expect(Object.fromEntries(counted)).toMatchObject({ 101: 1, 401: 1, 404: 1 });
  });

  it('tells who introduces the device what the token says of itself', async () => {
    await open('/client?token=good&version=3');
    expect(introduced).toEqual([
      { userId: 'User1', dialect: 'concord', device: '', token: { version: 3 }, topics: undefined },
    ]);
  });

  it('names the session where that is at fault', async () => {
    expect((await refused('/ws?token=good&session=')).body.message).toContain('session');
  });

  it('opens the session that is asked for, and keeps its cursors apart from the device’s', async () => {
    const { admission } = await open('/ws?token=good&session=work&device=phone');
    expect(admission).toMatchObject({ device: 'phone', deviceId: 7, session: { name: 'work', userId: 'User1' } });
    expect(introduced).toEqual([{ userId: 'User1', dialect: 'realtime', device: 'session work' }]);
  });

  it('opens no session but in realtime', async () => {
    const { admission } = await open('/messaging?token=good&session=&device=phone');
    expect(admission.session).toBeUndefined();
    expect(introduced).toEqual([{ userId: 'User1', dialect: 'messaging', device: 'phone' }]);
  });

  it('lets the first frame choose the dialect where none is offered and the path is open', async () => {
    const { admission } = await open('/ws?token=good');
    expect(admission.dialect).toBe(realtimeDialect);
    expect(admission.others).toEqual([messagingDialect, concordDialect]);
  });

  it.each([
    ['/messaging', []],
    ['/client', []],
    ['/ws', ['realtime.v1']],
    ['/ws', ['concord.v1']],
    ['/ws', ['messaging.v1']],
  ])('fixes the dialect on %s where %j is offered', async (path, subprotocols) => {
    const { admission } = await open(`${path}?token=good`, ['access_token.x', ...subprotocols]);
    expect(admission.others).toBeUndefined();
  });

  it('speaks the dialect in full where its extensions are asked for', async () => {
    const extended = await open('/ws?token=good&extensions=true');
    expect(extended.admission.dialect).toBe(realtimeDialect.extended);
    const plain = await open('/messaging?token=good&extensions=true');
    expect(plain.admission.dialect).toBe(messagingDialect);
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

  describe('an upgrade to something else', () => {
    const head = (line: string, ...more: string[]): string =>
      [
        line,
        'Host: a',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABk',
        ...more,
        '',
        '',
      ].join('\r\n');

    async function answerTo(...parts: string[]): Promise<string> {
      const stream = connect(port, '127.0.0.1');
      let answer = '';
      stream.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      for (const part of parts) {
        stream.write(part);
        // Each in a packet of its own.
        await new Promise(setImmediate);
      }
      await once(stream, 'close');
      return answer;
    }

    it('is answered as the request that it is', async () => {
      const answer = await answerTo(head('GET /health/live HTTP/1.1', 'Connection: close'));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toContain('{"status":"live"}');
    });

    it('is answered by the application also where it knows nothing there', async () => {
      expect(await answerTo(head('GET /messaging?token=good HTTP/1.1', 'Connection: close'))).toMatch(
        /^HTTP\/1\.1 404 /,
      );
      expect(opened).toEqual([]);
    });

    it('keeps its body', async () => {
      const body = JSON.stringify({ text: 'ä'.repeat(1_000) });
      const headers = [
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
      ];
      const whole = head('POST /echo HTTP/1.1', ...headers) + body;
      expect(await answerTo(whole)).toContain(body);
      expect(await answerTo(whole.slice(0, 400), whole.slice(400))).toContain(body);
    });

    it('waits for the answers to the requests before it', async () => {
      const answer = await answerTo(
        'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n' +
          head('GET /slow HTTP/1.1').repeat(3) +
          head('GET /health/live HTTP/1.1', 'Connection: close'),
      );
      const bodies = answer.split('\r\n').filter((line) => line.startsWith('{'));
      expect(bodies.map((line) => JSON.parse(line.replace(/HTTP.*/, '')) as object)).toEqual([
        ...Array.from({ length: 4 }, () => ({ slow: true })),
        { status: 'live' },
      ]);
    });

    it('does no harm where its client goes while it waits', async () => {
      const stream = connect(port, '127.0.0.1');
      stream.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n' + head('GET /slow HTTP/1.1'));
      await slowBegun();
      const closed = once(stream, 'close');
      stream.resetAndDestroy();
      await closed;
      expect(await answerTo(head('GET /health/live HTTP/1.1', 'Connection: close'))).toMatch(/^HTTP\/1\.1 200 /);
    });

    it('keeps the connection, also for an upgrade of ours', async () => {
      const stream = connect(port, '127.0.0.1');
      stream.write(head('GET /health/live HTTP/1.1'));
      const [first] = (await once(stream, 'data')) as [Buffer];
      expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
      stream.write(head('GET /health/live HTTP/1.1'));
      const [second] = (await once(stream, 'data')) as [Buffer];
      expect(second.toString()).toMatch(/^HTTP\/1\.1 200 /);
      const handshake = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
      const lines = ['GET /messaging?token=good HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: WebSocket'];
      stream.write([...lines, ...handshake, '', ''].join('\r\n'));
      const [third] = (await once(stream, 'data')) as [Buffer];
      expect(third.toString()).toMatch(/^HTTP\/1\.1 101 /);
      stream.destroy();
    });
  });

  it('closes with 1009 on a frame that is too large', async () => {
    const { client } = await open('/messaging?token=good');
    client.send('x'.repeat(1_048_577));
    opened[0]?.socket.on('error', () => undefined);
    expect((await once(client, 'close'))[0]).toBe(1009);
  });
});
