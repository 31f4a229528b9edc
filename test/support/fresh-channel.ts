import { randomBytes } from 'node:crypto';
import type { ConcordClient } from './concord-client.js';
import type { JsonObject } from './fixtures.js';
import type { TestServer } from './parlance.js';

/** A channel as `channel_created` and REST show it. */
export interface ConcordChannel extends JsonObject {
  readonly id: number;
  readonly name: string;
}

/** What a token needs for making channels. */
export const ADMIN = { roles: ['admin'] } as const;

/** A channel that no other test of the same server has. */
export async function freshChannel(server: TestServer, more: JsonObject = {}): Promise<ConcordChannel> {
  const { status, body } = await server.rest('Admin', ADMIN).post<ConcordChannel>('/channels', {
    name: freshChannelName(),
    ...more,
  });
  if (status !== 201) throw new Error(`making a channel was answered ${status} ${JSON.stringify(body)}`);
  return body;
}

export function freshChannelName(): string {
  return `channel-${randomBytes(5).toString('hex')}`;
}

let markers = 0;

/**
 * Waits until what happens is pushed to the clients, step by step. What happened while they were still reading what they had missed
 * comes as it stands by then, which is less.
 */
export async function caughtUp(server: TestServer, clients: readonly ConcordClient[]): Promise<void> {
  const admin = server.rest('Admin', ADMIN);
  const { body } = await admin.get('/server');
  const content = `marker ${(markers += 1)}`;
  await admin.post(`/channels/${String(body.defaultChannelId)}/chats`, { content });
  for (const client of clients) {
    const marker = await client.of('chat_sent', ({ chat }) => (chat as JsonObject).content === content);
    client.frames.splice(client.frames.indexOf(marker), 1);
  }
}
