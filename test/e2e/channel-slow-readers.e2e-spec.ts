import { makeChannel, post, textsIn, toldOf } from '../support/channels.js';
import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import { ADMIN } from '../support/fresh-channel.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';
import { ServerSockets } from '../support/server-sockets.js';

const MAX_BUFFERED_BYTES = 262_144;
/** With so many bytes to come, the buffers of the system are full long before the end: they take some 4 MiB. */
const COUNT = 300;
const TEXT = 'x'.repeat(50_000);
/** REST waits for each answer: so many ask at once. */
const AT_ONCE = 10;

describe('a concord reader that stops reading', () => {
  let server: TestServer;
  let sockets: ServerSockets;
  let writer: RestClient;
  let reader: ConcordClient;
  let channelId: number;

  beforeEach(async () => {
    sockets = ServerSockets.watch();
    server = await TestServer.start({ MAX_BUFFERED_BYTES: String(MAX_BUFFERED_BYTES) });
    writer = server.rest('Writer');
    channelId = (await makeChannel(server.rest('Admin', ADMIN))).id;
    reader = await server.connectConcord('Reader');
    reader.socket.pause();
  });

  afterEach(async () => {
    sockets.stop();
    await server.stop();
  });

  /** @returns the chats' ids in the channel's order, and the most bytes that the server ever held for the reader */
  async function write(count: number): Promise<{ ids: number[]; most: number }> {
    const ids: number[] = [];
    let most = 0;
    const writeSome = async (share: number): Promise<void> => {
      for (let n = 0; n < share; n += 1) {
        ids.push((await post(writer, channelId, TEXT)).id);
        most = Math.max(most, sockets.of(reader).writableLength);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => writeSome(count / AT_ONCE)));
    return { ids: ids.sort((a, b) => a - b), most };
  }

  const idsOf = (client: ConcordClient): number[] =>
    toldOf(client, channelId).flatMap(({ chat }) => (chat as ConcordChat | undefined)?.id ?? []);

  const isLast =
    (id: number | undefined) =>
    (chat: ConcordChat): boolean =>
      chat.id === id;

  it('holds no more than MAX_BUFFERED_BYTES of the server, and gets everything in order once it reads again', async () => {
    const { ids, most } = await write(COUNT);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    expect(reader.frames).toEqual([]);

    reader.socket.resume();
    await reader.chat(isLast(ids.at(-1)));
    expect(idsOf(reader)).toEqual(ids);
  });

  it('keeps nobody else waiting', async () => {
    const other = await server.connectConcord('Other');
    const { ids } = await write(COUNT);
    await other.chat(isLast(ids.at(-1)));
    expect(idsOf(other)).toEqual(ids);
  });

  it('gets what it has not been sent as it is by then, and is told of what it has', async () => {
    const { ids } = await write(COUNT);
    const [first, edited, deleted] = [ids.at(0), ids.at(-2), ids.at(-1)];
    await writer.patch(`/chats/${first}`, { content: 'edited, too' });
    await writer.patch(`/chats/${edited}`, { content: 'edited' });
    await writer.delete(`/chats/${deleted}`);
    await server.rest('Admin', ADMIN).patch(`/channels/${channelId}`, { description: 'new' });
    const marker = await post(writer, channelId, 'the last word');

    reader.socket.resume();
    await reader.chat(isLast(marker.id));
    expect(idsOf(reader)).toEqual([...ids.slice(0, -1), marker.id]);
    expect(textsIn(reader, channelId).at(-2)).toBe('edited');
    expect(toldOf(reader, channelId)).toContainEqual({
      type: 'chat_edited',
      chatId: first,
      channelId,
      threadId: null,
      content: 'edited, too',
    });
    expect(reader.all('chat_deleted')).toMatchObject([{ chatId: deleted }]);
    expect(reader.all('channel_updated')).toMatchObject([{ channel: { description: 'new' } }]);
  });

  it('does without typing meanwhile, and gets it again afterwards', async () => {
    const typist = await server.connectConcord('Typist');
    const { ids } = await write(COUNT);
    typist.types(channelId);
    await typist.settled();

    reader.socket.resume();
    await reader.chat(isLast(ids.at(-1)));
    typist.types(channelId);
    await reader.of('chat_typing');
    expect(reader.all('chat_typing')).toHaveLength(1);
  });

  it('gets on its next connection what it had not when it went', async () => {
    const { ids } = await write(COUNT);
    await reader.vanish();
    const back = await server.connectConcord('Reader');
    await back.chat(isLast(ids.at(-1)));
    expect(idsOf(back)).toEqual(ids);
  });
});
