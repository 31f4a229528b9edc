import type { TestServer } from '../parlance.js';
import { type ConcordChannel, freshChannel } from '../fresh-channel.js';

/** What the good frames and bodies speak of. */
export interface ConcordWorld {
  readonly channelId: number;
  /** A chat of User1's in it. */
  readonly chatId: number;
  /** A thread in it, of another chat. */
  readonly threadId: number;
}

/** A channel with two chats of User1's, one of which has a thread. */
export async function inhabitConcord(server: TestServer, channel?: ConcordChannel): Promise<ConcordWorld> {
  const { id: channelId } = channel ?? (await freshChannel(server));
  const rest = server.rest('User1');
  const [chat, source] = await Promise.all(
    ['One', 'Two'].map((content) => rest.post(`/channels/${channelId}/chats`, { content })),
  );
  const thread = await rest.post(`/channels/${channelId}/threads`, { sourceChatId: source?.body.id, name: 'Thread' });
  return { channelId, chatId: Number(chat?.body.id), threadId: Number(thread.body.id) };
}
