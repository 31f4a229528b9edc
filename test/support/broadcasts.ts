import { randomBytes } from 'node:crypto';
import type { JsonObject } from './fixtures.js';
import type { MessagingClient } from './messaging-client.js';
import type { RealtimeClient } from './realtime-client.js';

/** The data of a `Broadcast`, and of a message in `History`. */
export interface Delivery extends JsonObject {
  readonly topic: string;
  readonly payload: unknown;
  readonly from_user: string;
  readonly metadata: { readonly message_id: string; readonly sent_at: number; readonly [own: string]: unknown };
}

export interface HistoryPage extends JsonObject {
  readonly topic: string;
  readonly messages: readonly Delivery[];
  readonly has_more: boolean;
}

/** A topic that no other test of the same server has. */
export function freshTopic(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

/** The data of all broadcasts that have come so far. */
export function deliveries(client: RealtimeClient): Delivery[] {
  return client.all('Broadcast').map(({ data }) => data as unknown as Delivery);
}

/** The payloads of all broadcasts that have come so far. */
export function payloads(client: RealtimeClient | MessagingClient): unknown[] {
  if ('all' in client) return deliveries(client).map(({ payload }) => payload);
  return client.events('broadcast').map(({ payload }) => payload?.payload);
}

let markers = 0;

/**
 * The payloads of all that `client` got before a marker that `sender` now sends on the topic: what is not among them
 * does not come any more.
 */
export async function payloadsUntilNow(
  client: RealtimeClient | MessagingClient,
  sender: RealtimeClient,
  topic: string,
): Promise<unknown[]> {
  const marker = `marker ${(markers += 1)}`;
  await sender.broadcast(topic, marker);
  if ('all' in client) await client.of('Broadcast', ({ payload }) => payload === marker);
  else await client.event('broadcast', ({ payload }) => payload === marker);
  const seen = payloads(client);
  return seen.slice(0, seen.indexOf(marker)).filter((payload) => !isMarker(payload));
}

/** Asks for a page, and waits for the Ack too. */
export async function historyOf(client: RealtimeClient, topic: string, rest: JsonObject = {}): Promise<HistoryPage> {
  await client.request('History', { topic, ...rest });
  const page = await client.of('History', (data) => data.topic === topic);
  return page.data as unknown as HistoryPage;
}

function isMarker(payload: unknown): boolean {
  return typeof payload === 'string' && payload.startsWith('marker ');
}
