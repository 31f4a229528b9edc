import { onServer } from './database.js';
import type { Frame, MessagingClient } from './messaging-client.js';

export interface StartedCall {
  readonly callId: string;
  readonly messageId: number;
}

export const aCallId = expect.stringMatching(/^call_[A-Za-z0-9_-]{22}$/) as string;

export function startCall(client: MessagingClient, chatId: string, callType = 'audio'): Promise<StartedCall> {
  return client.request<StartedCall>('newCall', { chatId, callType });
}

/** Waits for an event of the call. */
export function toldOf(client: MessagingClient, eventType: string, callId: string): Promise<Frame> {
  return client.event(eventType, (payload) => payload.callId === callId);
}

/** Names of the durable events of the call that have come so far, in order. */
export function toldSoFar(client: MessagingClient, callId: string): (string | undefined)[] {
  const events = client.events('newCall', 'closeCall', 'call');
  return events.filter(({ payload }) => payload?.callId === callId).map(({ eventType }) => eventType);
}

export interface CallRow {
  readonly status: 'received' | 'missed' | null;
  readonly isOpen: boolean;
  /** ms since the epoch. */
  readonly aliveAt: number;
}

/** The call as the database has it. */
export async function callRow(databaseUrl: string, callId: string): Promise<CallRow> {
  return onServer(databaseUrl, async (client) => {
    const { rows } = await client.query<CallRow>(
      'select status, closed_change is null as "isOpen", alive_at::float8 as "aliveAt" from calls where id = $1',
      [callId],
    );
    const [row] = rows;
    if (!row) throw new Error(`there is no call ${callId}`);
    return row;
  });
}

/** Lets the call have been accepted so much earlier. */
export async function lengthen(databaseUrl: string, callId: string, byMs: number): Promise<void> {
  await onServer(databaseUrl, (client) =>
    client.query('update calls set accepted_at = accepted_at - $2 where id = $1', [callId, byMs]),
  );
}
