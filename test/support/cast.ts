import type { Frame, MessagingClient } from './messaging-client.js';
import type { TestServer } from './parlance.js';

/** Any time of the server's, for comparing whole frames. */
export const TIME: unknown = expect.any(Number);

let users = 0;

/** A user that no other test of the file has met, so that tests can share a server. */
export function newUser(role: string): string {
  users += 1;
  return `${role}-${users}`;
}

/** Two strangers who have a connection each. */
export interface Pair {
  readonly author: string;
  readonly reader: string;
  readonly here: MessagingClient;
  readonly there: MessagingClient;
}

export async function newPair(server: TestServer): Promise<Pair> {
  const [author, reader] = [newUser('Author'), newUser('Reader')];
  return { author, reader, here: await server.connect(author), there: await server.connect(reader) };
}

/** Sends a request without waiting. @returns what its answer will be */
export function post(client: MessagingClient, payloadType: string, payload: unknown): Promise<Frame> {
  const id = `posted-${(posted += 1)}`;
  client.send({ type: 'request', id, timestamp: 0, payloadType, payload });
  return client.next((frame) => frame.type === 'response' && frame.id === id);
}

let posted = 0;

/**
 * All events with an id that `client` got before a message that `sender` now writes into their dialog: what is not
 * among them does not come any more.
 */
export async function eventsUntilNow(client: MessagingClient, sender: MessagingClient, chatId: string): Promise<Frame[]> {
  const message = `marker ${(posted += 1)}`;
  await sender.request('new', { chatId, message });
  const marker = await client.event('new', (payload) => payload.message === message);
  return client.frames.slice(0, client.frames.indexOf(marker)).filter(({ type, id }) => type === 'event' && id !== undefined);
}
