import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Call } from '../domain/calls.js';
import type { ChatAddress } from '../domain/chat.js';
import { callOf } from './call-row.js';
import { addressOf, type ChatRow } from './chat-address.js';

/** Somebody in a call, or called to it, who is in its chat still. */
export interface CallParty {
  readonly userId: string;
  readonly standing: 'called' | 'accepted' | 'declined';
  /** The device that has answered, or called, and its connection then. */
  readonly deviceId?: number;
  readonly connectionId?: string;
}

export interface StoredCall {
  readonly chat: ChatAddress;
  /** The call's message, by its number in the chat. */
  readonly messageId: number;
  readonly call: Call;
  /** In the order of `call.participants`; who has left the chat is missing. */
  readonly parties: readonly CallParty[];
}

/** What open calls want of whoever looks after them. */
export interface DueCalls {
  /** They have rung for long enough and nobody has accepted them. */
  readonly unanswered: readonly string[];
  readonly open: readonly OpenCall[];
}

export interface OpenCall {
  readonly callId: string;
  /** When somebody who is in it was last known to be connected, ms. */
  readonly aliveAt: number;
  /** By which somebody is in it. */
  readonly devices: readonly { readonly userId: string; readonly deviceId: number }[];
}

export interface CallPlace {
  readonly startedAt: number;
  readonly callId: string;
}

export interface OpenCallsQuery {
  /** The last call of the page before. */
  readonly after?: CallPlace;
  readonly limit: number;
}

/** What is kept of calls, read without holding up anybody. */
@Injectable()
export class CallRecords {
  constructor(private readonly database: Database) {}

  async find(callId: string): Promise<StoredCall | undefined> {
    const [row] = await this.database.query<StoredRow>(`${STORED} where c.id = $1`, [callId]);
    return row && storedOf(row);
  }

  /** In the order of their starts. */
  async open({ after, limit }: OpenCallsQuery): Promise<StoredCall[]> {
    const rows = await this.database.query<StoredRow>(OPEN, [after?.startedAt ?? null, after?.callId ?? null, limit]);
    return rows.map(storedOf);
  }

  async due(now: number): Promise<DueCalls> {
    const rows = await this.database.query<DueRow>(DUE, [now]);
    return {
      unanswered: rows.filter(({ overdue }) => overdue).map(({ id }) => id),
      open: rows
        .filter(({ overdue }) => !overdue)
        .map(({ id, alive_at, devices }) => ({ callId: id, aliveAt: alive_at, devices })),
    };
  }

  /** Somebody in these calls was connected then. By the database's clock where that is ahead: calls must not end because clocks differ. */
  async touch(callIds: readonly string[], now: number): Promise<void> {
    await this.database.query('select touch_calls($1, $2)', [callIds, now]);
  }
}

interface StoredRow extends ChatRow {
  readonly number: number;
  readonly call: string;
  readonly parties: readonly PartyJson[];
}

interface PartyJson extends Pick<CallParty, 'userId' | 'standing'> {
  readonly deviceId: number | null;
  readonly connectionId: string | null;
}

interface DueRow {
  readonly id: string;
  readonly alive_at: number;
  readonly overdue: boolean;
  readonly devices: OpenCall['devices'];
}

const PARTIES = `
  select coalesce(json_agg(json_build_object('userId', user_id, 'standing', standing, 'deviceId', device_id,
      'connectionId', connection_id) order by ordinal), '[]')
    from call_participants where chat_id = c.chat_id and number = c.number`;

const STORED = `
  select k.id, k.kind, k.public_id, k.user_a, k.user_b, k.name, c.number, call_json(c)::text as call, (${PARTIES}) as parties
    from calls c join chats k on k.id = c.chat_id`;

const OPEN = `${STORED}
  where c.closed_change is null and ($1::bigint is null or (c.started_at, c.id collate "C") > ($1::bigint, $2::text))
  order by c.started_at, c.id collate "C" limit $3`;

const DUE = `
  select c.id, c.alive_at, is_overdue(c, $1) as overdue, (
      select coalesce(json_agg(json_build_object('userId', user_id, 'deviceId', device_id)), '[]') from call_participants
        where chat_id = c.chat_id and number = c.number and standing = 'accepted' and device_id is not null) as devices
    from calls c where c.closed_change is null order by c.started_at, c.id collate "C"`;

function storedOf(row: StoredRow): StoredCall {
  const parties = row.parties.map(({ userId, standing, deviceId, connectionId }) => ({
    userId,
    standing,
    deviceId: deviceId ?? undefined,
    connectionId: connectionId ?? undefined,
  }));
  return { chat: addressOf(row), messageId: row.number, call: callOf(row), parties };
}
