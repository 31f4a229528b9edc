import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { WebSocket } from 'ws';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

/** What the document's client offers, as far as the tests use it. */
interface DocumentedClient {
  connect(): Promise<void>;
  disconnect(): void;
  on(type: string, handler: (data: Record<string, unknown>) => void): void;
  subscribe(topics: string[]): Promise<Record<string, unknown>>;
  broadcast(topic: string, payload: unknown): Promise<Record<string, unknown>>;
  sendDirectMessage(user: string, payload: unknown): Promise<Record<string, unknown>>;
}

type ClientClass = new (url: string, token: string) => DocumentedClient;

/** The client leaves the timers of its answered messages running; here they must not hold up the process. */
const unhurried = (run: () => void, ms: number): NodeJS.Timeout => setTimeout(run, ms).unref();

const quiet = { log: () => undefined, error: () => undefined, warn: () => undefined };

/** The client as the protocol's document prints it, with not a line changed. */
function documentedClient(): ClientClass {
  const printed = readFileSync(join(__dirname, '../fixtures/documents/basic-typescript-client.txt'), 'utf8');
  const { code } = transformSync(printed, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const load = new Function('WebSocket', 'console', 'setTimeout', `${code}; return RealtimeProtocolClient;`) as (
    webSocket: typeof WebSocket,
    console: typeof quiet,
    setTimeout: typeof unhurried,
  ) => ClientClass;
  return load(WebSocket, quiet, unhurried);
}

describe("the document's own client", () => {
  let server: TestServer;
  const clients: DocumentedClient[] = [];
  const Client = documentedClient();

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });

  async function connected(user: string): Promise<DocumentedClient> {
    const client = new Client(`${server.origin}/ws`, signToken({ sub: user }));
    clients.push(client);
    await client.connect();
    return client;
  }

  /** Collects what the client hands to a type's handler. */
  function heard(client: DocumentedClient, type: string): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      client.on(type, resolve);
    });
  }

  it('is answered when it subscribes', async () => {
    const client = await connected('Ann');
    expect(await client.subscribe(['chat.general', 'notifications'])).toEqual({
      message_id: 'msg_1',
      status: 'subscribed',
    });
  });

  it('is answered when it broadcasts, and hears what is broadcast', async () => {
    const [ann, ben] = [await connected('Ann2'), await connected('Ben2')];
    await ben.subscribe(['chat.broadcasts']);
    const broadcast = heard(ben, 'Broadcast');
    const answer = await ann.broadcast('chat.broadcasts', { message: 'Hello from TypeScript client!' });
    expect(answer).toMatchObject({ message_id: 'msg_1', status: 'delivered', recipients: 1 });
    expect(await broadcast).toMatchObject({
      topic: 'chat.broadcasts',
      payload: { message: 'Hello from TypeScript client!' },
      from_user: 'Ann2',
      metadata: { message_id: answer.server_message_id },
    });
  });

  it('is answered when it writes to somebody who is there', async () => {
    const [ann, ben] = [await connected('Ann3'), await connected('Ben3')];
    const message = heard(ben, 'DirectMessage');
    const answer = await ann.sendDirectMessage('Ben3', { message: 'Private message', attachments: [] });
    expect(answer).toMatchObject({ message_id: 'msg_1', status: 'delivered', delivered_to: [expect.any(String)] });
    expect(await message).toMatchObject({
      from_user: 'Ann3',
      payload: { message: 'Private message', attachments: [] },
    });
  });

  it('is answered when it writes to somebody who is away, who hears of it when it comes', async () => {
    const ann = await connected('Ann4');
    const fault = heard(ann, 'Error');
    const answer = await ann.sendDirectMessage('Ben4', { message: 'for later' });
    expect(await fault).toMatchObject({ code: 404, details: { message_id: 'msg_1', queued: true } });
    expect(answer).toMatchObject({ message_id: 'msg_1', status: 'queued', delivered_to: [] });
    const ben = new Client(`${server.origin}/ws`, signToken({ sub: 'Ben4' }));
    clients.push(ben);
    const message = heard(ben, 'DirectMessage');
    await ben.connect();
    expect(await message).toMatchObject({ from_user: 'Ann4', payload: { message: 'for later' } });
  });

  it('is another message for each of its runs, though it counts from msg_1 again', async () => {
    const ben = await connected('Ben5');
    const texts: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      ben.on('DirectMessage', ({ payload }) => {
        if (texts.push((payload as { message: string }).message) === 2) resolve();
      });
    });
    for (const run of ['first run', 'second run']) {
      const ann = await connected('Ann5');
      await ann.sendDirectMessage('Ben5', { message: run });
      ann.disconnect();
    }
    await both;
    expect(texts).toEqual(['first run', 'second run']);
  });
});
