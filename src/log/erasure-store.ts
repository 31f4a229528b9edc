import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { ChatAddress } from '../domain/chat.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { addressOf, CHAT_COLUMNS, type ChatRow } from './chat-address.js';

/** Messages looked at in one step: a chat of a million is walked through in a hundred. */
const SPAN = 10_000;
/** Messages erased in one step: for so long, some 20 ms, others wait for the chat. */
const BATCH = 500;
/** Marks forgotten in one step. */
const MARKS = 5_000;
/** Chats asked for at once. */
const PAGE = 100;

/** What the first step of an erasing has found. */
export interface BegunErasing {
  /** Else it was erased before. */
  readonly isThere: boolean;
  /** Of the user's tokens: older ones are refused from now on. */
  readonly version: number;
  /** The same for tokens that were not made here, s since the epoch. */
  readonly issuedUpTo: number;
}

/** Where a walk through messages goes on. */
export interface ErasingStep {
  /** `undefined`: it is at the end. */
  readonly next?: number;
}

/**
 * The steps of erasing a user. Each is a transaction, and may be repeated; none does anything unless the erasing has begun and not
 * ended. Whoever is in a chat that they change reads it again.
 */
@Injectable()
export class ErasureStore {
  constructor(
    private readonly database: Database,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
  ) {}

  /** From now on no token of the user counts. @returns undefined where there is no such user, and never was one that was erased */
  async begin(userId: string): Promise<BegunErasing | undefined> {
    const [row] = await this.database.query<BegunRow>('select * from begin_erasing($1, $2)', [
      userId,
      Math.floor(this.clock.now() / 1_000),
    ]);
    if (!row?.o_is_known) return undefined;
    return { isThere: row.o_is_there, version: row.o_version, issuedUpTo: row.o_erased_at };
  }

  /** Dialogs, favorites and groups that the user is in, or was, in the order of their numbers. */
  chatsOf(userId: string, after: number): Promise<readonly ChatAddress[]> {
    return this.chats(`kind <> 'channel' and id in (select chat_id from members where user_id = $3 and chat_id > $1)`, [
      after,
      PAGE,
      userId,
    ]);
  }

  /** All channels, deleted ones too: whoever writes there need not be in it. */
  channels(after: number): Promise<readonly ChatAddress[]> {
    return this.chats(`kind = 'channel' and id > $1`, [after, PAGE]);
  }

  /** The call that is under way there, if one of two is the user, or the user has begun it. */
  async openCall(chat: ChatAddress, userId: string): Promise<string | undefined> {
    const sql = 'select id from calls where chat_id = $1 and closed_change is null and ($2 or caller = $3)';
    const [row] = await this.database.query<{ id: string }>(sql, [chat.id, chat.users !== undefined, userId]);
    return row?.id;
  }

  /** Nobody is in the dialog any more; who was is told that it is gone. */
  async endDialog(chat: ChatAddress, userId: string): Promise<void> {
    const sql = 'select end_dialog($1, $2) as ended';
    const [row] = await this.database.query<{ ended: boolean }>(sql, [chat.id, userId]);
    if (row?.ended) this.events.emit('chatsUncertain', [chat]);
  }

  /** The user's messages and reactions among the next ones. @param after all up to this number has been walked through */
  async eraseMessages(chat: ChatAddress, userId: string, after: number): Promise<ErasingStep> {
    const sql = 'select * from erase_messages($1, $2, $3, $4, $5)';
    const values = [chat.id, userId, after, SPAN, BATCH];
    const [row] = await this.database.query<{ o_next: number | null; o_changed: boolean }>(sql, values);
    if (row?.o_changed) this.events.emit('chatsUncertain', [chat]);
    return { next: row?.o_next ?? undefined };
  }

  /** What else the chat has of the user, who must be out of it. @returns whether there is more */
  async forgetMember(chat: ChatAddress, userId: string): Promise<boolean> {
    const sql = 'select forget_member($1, $2, $3) as more';
    const [row] = await this.database.query<{ more: boolean }>(sql, [chat.id, userId, MARKS]);
    return row?.more ?? false;
  }

  /** Of what is kept of topics. @param after all up to this number has been walked through */
  async eraseTopicMessages(userId: string, after: number): Promise<ErasingStep> {
    const sql = 'select erase_topic_messages($1, $2, $3) as next';
    const [row] = await this.database.query<{ next: number | null }>(sql, [userId, after, SPAN]);
    return { next: row?.next ?? undefined };
  }

  /** Devices, sessions, and what else is the user's alone. */
  async eraseBelongings(userId: string): Promise<void> {
    await this.database.query('select erase_belongings($1)', [userId]);
  }

  /** The user is gone; a token that is made from now on makes a new one. */
  async finish(userId: string): Promise<void> {
    await this.database.query('select finish_erasing($1, $2)', [userId, this.clock.now()]);
  }

  private async chats(condition: string, values: readonly unknown[]): Promise<readonly ChatAddress[]> {
    const sql = `select ${CHAT_COLUMNS} from chats where ${condition} order by id limit $2`;
    return (await this.database.query<ChatRow>(sql, values)).map(addressOf);
  }
}

interface BegunRow {
  readonly o_is_known: boolean;
  readonly o_is_there: boolean;
  readonly o_version: number;
  readonly o_erased_at: number;
}
