import { Injectable } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import type { CallStatus, CallType } from '../domain/calls.js';
import type { Origin } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import { UnavailableError } from '../domain/errors.js';
import { Metrics } from '../domain/metrics.js';
import { announce } from './announce.js';
import { callFailure } from './call-failure.js';
import { CallRecords, type DueCalls, type OpenCallsQuery, type StoredCall } from './call-records.js';
import { callChangesOf, callOf, type CallChange, type CallRow } from './call-row.js';
import { Log } from './log.js';

export type { CallParty, CallPlace, DueCalls, OpenCallsQuery, StoredCall } from './call-records.js';

export interface CallPlan {
  readonly chat: ChatAddress;
  readonly origin: Origin;
  readonly callType: CallType;
  /** The id of the call if one begins by this. */
  readonly callId: string;
  /** The caller's. Without it nobody can tell whether the caller is there still. */
  readonly deviceId?: number;
}

export interface CallAnswer {
  readonly chat: ChatAddress;
  readonly callId: string;
  readonly origin: Origin;
  /** The one that answers. Without it nobody can tell whether it is there still. */
  readonly deviceId?: number;
  readonly isAccepted: boolean;
  /** One that is gone: what was answered over it may not have been heard. */
  readonly lostConnectionId?: string;
}

export interface CallEnding {
  readonly chat: ChatAddress;
  readonly callId: string;
  readonly origin: Origin;
}

export interface StartedCall {
  readonly callId: string;
  /** The call's message, by its number in the chat. */
  readonly messageId: number;
}

export interface AnsweredCall {
  readonly callId: string;
  /** Who is in the call by now: the caller, and who has accepted. */
  readonly accepted: readonly string[];
}

export interface ClosedCall {
  readonly callId: string;
  readonly status: CallStatus;
  /** s */
  readonly callDuration: number;
}

/** Why a server closes a call that nobody in it has closed. */
type DueReason = 'unanswered' | 'gone' | 'operator';

/**
 * Starts, answers and closes calls. Each of these takes its place among the chat's messages and is announced like them; nothing of a
 * call is kept in memory. Where several servers do the same at once, one does it.
 *
 * @throws UnavailableError the database is away: the outcome is unknown
 */
@Injectable()
export class CallStore {
  constructor(
    private readonly log: Log,
    private readonly records: CallRecords,
    private readonly events: DomainEvents,
    private readonly metrics: Metrics,
    private readonly config: Config,
  ) {}

  /**
   * Calls everybody else in the chat. The call that is open there is answered instead: accepted, unless who calls is in it already.
   *
   * @throws NotFoundError who calls is not in the chat; ForbiddenError a channel; ConflictError nobody else is in it, or too many
   */
  async start({ chat, origin, callType, callId, deviceId }: CallPlan): Promise<StartedCall> {
    const { ringMs, maxMembers } = this.config.calls;
    const row = await this.change(chat, origin, 'start_call($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[chat.id, origin.userId, callId, callType, deviceId ?? null, origin.connectionId ?? null],
      ...[ringMs, maxMembers],
    ]);
    return { callId: callOf(row).callId, messageId: row.number ?? 0 };
  }

  /**
   * Declined by the last one, while nobody has accepted it, the call is over. The same device may repeat what it did over the lost
   * connection.
   *
   * @throws NotFoundError no call that who answers knows of; ConflictError its own, answered already, or over
   */
  async answer({ chat, callId, origin, deviceId, isAccepted, lostConnectionId }: CallAnswer): Promise<AnsweredCall> {
    const row = await this.change(chat, origin, 'answer_call($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[chat.id, origin.userId, callId, isAccepted, deviceId ?? null, origin.connectionId ?? null],
      ...[lostConnectionId ?? null, this.config.calls.maxMembers],
    ]);
    return { callId, accepted: row.accepted };
  }

  /**
   * Ends it for everybody. One that is over is answered as it was then.
   *
   * @throws NotFoundError no call that who closes knows of; ForbiddenError in a group somebody who is not in it
   */
  async close({ chat, callId, origin }: CallEnding): Promise<ClosedCall> {
    const row = await this.change(chat, origin, 'close_call($1, $2, $3)', [chat.id, origin.userId, callId]);
    const { ended } = callOf(row);
    if (!ended) throw new Error('close_call left the call open');
    return { callId, status: ended.status, callDuration: ended.durationS };
  }

  /** Safe to be called by many at once. @returns false where it is not due, or somebody else has closed it */
  closeDue(callId: string, why: 'unanswered' | 'gone'): Promise<boolean> {
    return this.closeAsServer(callId, why);
  }

  /** @returns false for one that is unknown, or over */
  closeByOperator(callId: string): Promise<boolean> {
    return this.closeAsServer(callId, 'operator');
  }

  find(callId: string): Promise<StoredCall | undefined> {
    return this.records.find(callId);
  }

  /** In the order of their starts. */
  open(query: OpenCallsQuery): Promise<StoredCall[]> {
    return this.records.open(query);
  }

  due(now: number): Promise<DueCalls> {
    return this.records.due(now);
  }

  /** Somebody in these calls was connected then. */
  touch(callIds: readonly string[], now: number): Promise<void> {
    return this.records.touch(callIds, now);
  }

  /** Told as if the caller had done it, over none of its connections. */
  private async closeAsServer(callId: string, why: DueReason): Promise<boolean> {
    const found = await this.records.find(callId);
    if (!found || found.call.ended) return false;
    const { chat, call } = found;
    const row = await this.change(chat, { userId: call.caller }, 'close_due_call($1, $2, $3, $4)', [
      ...[chat.id, callId, why, this.config.calls.goneMs],
    ]);
    return row.code === 200;
  }

  /** @returns the last step */
  private async change(
    chat: ChatAddress,
    origin: Origin,
    call: string,
    parameters: readonly unknown[],
  ): Promise<CallRow> {
    const queuedAt = performance.now();
    const rows = await this.ask(chat, `select * from ${call}`, parameters);
    const last = rows.at(-1);
    if (!last) throw new Error(`${call} answered nothing`);
    // Who acts is answered the last step. What was due before it is done as if nobody had asked.
    const changes = rows
      .flatMap((row) => callChangesOf(chat, row === last ? origin : { userId: callOf(row).caller }, row))
      .map((change) => ({ ...change, queuedAt }));
    if (changes.length > 0) {
      for (const change of changes) this.count(change);
      announce(this.events, changes);
    } else if (last.after_another) {
      // What somebody else has done there may be the work of a server that was killed before it could tell.
      this.events.emit('chatsUncertain', [chat]);
    }
    if (last.code >= 400) throw callFailure(last);
    return last;
  }

  private async ask(chat: ChatAddress, sql: string, parameters: readonly unknown[]): Promise<CallRow[]> {
    try {
      return await this.log.alone(
        chat.id,
        (runner: QueryRunner) => runner.query(sql, [...parameters]) as Promise<CallRow[]>,
      );
    } catch (error) {
      if (error instanceof UnavailableError) this.events.emit('chatsUncertain', [chat]);
      throw error;
    }
  }

  private count(change: CallChange): void {
    if (change.type === 'callStarted') this.metrics.calls.of('started').add();
    if (change.type === 'callClosed' && change.call.ended) this.metrics.calls.of(change.call.ended.status).add();
  }
}
