import { Injectable } from '@nestjs/common';
import type { Call } from '../../domain/calls.js';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { CallStore, type StoredCall } from '../../log/call-store.js';

/** A call as operators see it. */
export interface ShownCall extends Pick<Call, 'callId' | 'callType' | 'caller' | 'startedAt' | 'acceptedAt'> {
  readonly chat: ChatAddress;
  readonly participants: readonly CallParticipant[];
}

export interface CallParticipant {
  readonly userId: string;
  readonly standing: StoredCall['parties'][number]['standing'];
}

export interface OpenCallsQuery {
  /** Behind this one. */
  readonly after?: { readonly startedAt: number; readonly callId: string };
  readonly limit: number;
}

@Injectable()
export class OpenCallsService {
  constructor(private readonly calls: CallStore) {}

  /** The oldest first. */
  async list(query: OpenCallsQuery): Promise<readonly ShownCall[]> {
    return (await this.calls.open(query)).map(shown);
  }

  /**
   * For everybody in it. One that has ended stays as it ended.
   *
   * @throws NotFoundError there never was such a call
   */
  async close(callId: string): Promise<void> {
    if (await this.calls.closeByOperator(callId)) return;
    if (!(await this.calls.find(callId))) throw new NotFoundError('there is no such call');
  }
}

function shown({ chat, call, parties }: StoredCall): ShownCall {
  const { callId, callType, caller, startedAt, acceptedAt } = call;
  const participants = parties.map(({ userId, standing }) => ({ userId, standing }));
  return { callId, chat, callType, caller, participants, startedAt, acceptedAt };
}
