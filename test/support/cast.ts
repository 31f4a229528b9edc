import { freshUsers } from './fresh-users.js';
import type { Frame, MessagingClient } from './messaging-client.js';
import type { TestServer } from './parlance.js';

/** Two strangers who have a connection each. */
export interface Pair {
  readonly author: string;
  readonly reader: string;
  /** The author's connection. */
  readonly here: MessagingClient;
  /** The reader's. */
  readonly there: MessagingClient;
}

export async function newPair(server: TestServer): Promise<Pair> {
  const [author, reader] = freshUsers('Author', 'Reader');
  return { author, reader, here: await server.connect(author), there: await server.connect(reader) };
}

let markers = 0;

/**
 * All events with an id that `client` got before a message that `sender` now writes into their dialog: what is not
 * among them does not come any more.
 */
export async function eventsUntilNow(
  client: MessagingClient,
  sender: MessagingClient,
  chatId: string,
): Promise<Frame[]> {
  const message = `marker ${(markers += 1)}`;
  await sender.request('new', { chatId, message });
  const marker = await client.event('new', (payload) => payload.message === message);
  const before = client.frames.slice(0, client.frames.indexOf(marker));
  return before.filter(({ type, id }) => type === 'event' && id !== undefined);
}
