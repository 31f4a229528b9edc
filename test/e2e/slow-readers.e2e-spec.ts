import { eventually } from '../support/eventually.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import { ServerSockets } from '../support/server-sockets.js';

const MAX_BUFFERED_BYTES = 262_144;
/** With so many bytes to come, the buffers of the system are full long before the end: they take some 4 MiB. */
const COUNT = 400;
const MESSAGE = 'x'.repeat(50_000);

describe('a reader that stops reading', () => {
  let server: TestServer;
  let sockets: ServerSockets;
  let author: MessagingClient;
  let reader: MessagingClient;

  beforeEach(async () => {
    sockets = ServerSockets.watch();
    server = await TestServer.start({ MAX_BUFFERED_BYTES: String(MAX_BUFFERED_BYTES) });
    [author, reader] = [await server.connect('Author'), await server.connect('Reader', { acks: true })];
    reader.socket.pause();
  });

  afterEach(async () => {
    sockets.stop();
    await server.stop();
  });

  /** Sends that many messages; resolves with the most bytes that the server ever held for the reader. */
  async function write(count: number): Promise<number> {
    let most = 0;
    for (let sent = 0; sent < count; sent += 1) {
      await author.request('new', { chatId: 'Reader', message: MESSAGE });
      most = Math.max(most, sockets.of(reader).writableLength);
    }
    return most;
  }

  const numbers = (client: MessagingClient): unknown[] => client.events('new').map(({ payload }) => payload?.messageId);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('holds no more than MAX_BUFFERED_BYTES of the server, and gets everything in order once it reads again', async () => {
    const most = await write(COUNT);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    expect(reader.events('new')).toEqual([]);

    reader.socket.resume();
    await reader.event('new', ({ messageId }) => messageId === COUNT);
    expect(numbers(reader)).toEqual(upTo(COUNT));
    expect(reader.events('new').map(({ id }) => id)).toEqual(upTo(COUNT));
  });

  it('keeps nobody else waiting', async () => {
    const other = await server.connect('Reader', { query: { device: 'fast' }, acks: true });
    await write(COUNT);

    await other.event('new', ({ messageId }) => messageId === COUNT);
    expect(numbers(other)).toEqual(upTo(COUNT));
  });

  it('does without ephemeral events meanwhile, and gets them again afterwards', async () => {
    await write(COUNT);
    author.tell('typing', { chatId: 'Reader' });
    await server.connect('Author', { query: { device: 'second' } });
    await author.settled();

    reader.socket.resume();
    await reader.event('new', ({ messageId }) => messageId === COUNT);
    author.tell('typing', { chatId: 'Reader', stop: true });
    await reader.event('typing', ({ stop }) => stop === true);
    expect(reader.events('typing')).toHaveLength(1);
  });

  it('gets what it has not been sent as it is by then', async () => {
    await write(COUNT);
    await author.request('edit', { chatId: 'Reader', messageId: COUNT - 1, message: 'edited' });
    await author.request('delete', { chatId: 'Reader', messageId: COUNT });

    reader.socket.resume();
    await reader.event('delete', ({ messageId }) => messageId === COUNT);
    expect(numbers(reader)).toEqual(upTo(COUNT - 1));
    expect(reader.events('new').at(-1)?.payload).toMatchObject({ message: 'edited' });
    // Where a page of the log ended before the edit, it comes again by itself: once more changes nothing.
    for (const { payload } of reader.events('edit')) expect(payload).toMatchObject({ message: 'edited' });
  });

  it('does not fill the server with answers to what it asks', async () => {
    const pages = 60;
    await write(10);
    for (let page = 0; page < pages; page += 1) {
      reader.send({ type: 'request', id: `p${page}`, payloadType: 'messages', payload: { chatId: 'Author' } });
    }
    await eventually(() => (sockets.of(reader).isPaused() ? true : undefined), 'a server that does not read on');
    // Four requests that read are under way at most, each with an answer of 512 KiB.
    expect(sockets.of(reader).writableLength).toBeLessThanOrEqual(MAX_BUFFERED_BYTES + 4 * 524_288);

    reader.socket.resume();
    const answers = await Promise.all(
      Array.from({ length: pages }, (_, page) =>
        reader.next(({ type, id }) => type === 'response' && id === `p${page}`),
      ),
    );
    for (const { payload } of answers) expect(payload?.messages).toHaveLength(10);
  });

  it('does not fill the server with answers to its acks', async () => {
    const acks = 60_000;
    const id = 'x'.repeat(200);
    for (let count = 0; count < acks; count += 1) reader.ack(`${id}${count}`);
    await eventually(() => (sockets.of(reader).isPaused() ? true : undefined), 'a server that does not read on');
    // One more read of the socket may have been under way.
    expect(sockets.of(reader).writableLength).toBeLessThanOrEqual(MAX_BUFFERED_BYTES + 2 * 65_536);

    reader.socket.resume();
    await eventually(() => (reader.frames.length >= acks ? true : undefined), 'all answers');
    expect(reader.frames.map((frame) => frame.id)).toEqual(Array.from({ length: acks }, (_, n) => `${id}${n}`));
  });
});
