import type { RealtimeClient } from '../realtime-client.js';
import type { TestServer } from '../parlance.js';
import { signToken } from '../tokens.js';

/** What the good frames speak of. */
export interface RealtimeWorld {
  /** A user with whom User1 has a dialog. */
  readonly dialog: string;
  /** The id of User1's message in it. */
  readonly directMessage: string;
  /** The id of a message of the topic `news`. */
  readonly broadcast: string;
  /** A group that User1 owns. */
  readonly group: string;
  readonly token: string;
}

/** A dialog of User1 with a message, a group, and a topic with one. */
export async function inhabitRealtime(
  server: TestServer,
  client: RealtimeClient,
  dialog: string,
): Promise<RealtimeWorld> {
  const elsewhere = await server.connect('User1');
  const { chatId } = await elsewhere.request('createChat', { name: 'One', participants: [dialog] });
  await elsewhere.close();
  const direct = await client.directMessage(dialog, { message: 'Hi' });
  const told = await client.broadcast('news', 'Hi');
  return {
    dialog,
    directMessage: String(direct.server_message_id),
    broadcast: String(told.server_message_id),
    group: String(chatId),
    token: signToken({ sub: 'User1' }),
  };
}
