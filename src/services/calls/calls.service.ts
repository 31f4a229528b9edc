import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { CallDelivery } from '../../domain/calls.js';
import { UnavailableError } from '../../domain/errors.js';
import type {
  AcceptCallAnswer,
  AnswerOf,
  CallRequest,
  CloseCallAnswer,
  NewCallAnswer,
  NewCallRequest,
} from '../../domain/payloads.js';
import type { StoredCall } from '../../log/call-records.js';
import { type CallAnswer, CallStore } from '../../log/call-store.js';
import { ChatDirectory } from '../chats/chat-directory.js';
import { isCallId, newCallId, unknownCall } from './call-id.js';

type Answer = Pick<CallAnswer, 'callId' | 'deviceId' | 'isAccepted'>;

/** Who may do what with a call is asked of the log, under the lock of the call's chat; here it is found. */
@Injectable()
export class CallsService {
  constructor(
    private readonly calls: CallStore,
    private readonly directory: ChatDirectory,
    private readonly delivery: CallDelivery,
  ) {}

  /** Calls everybody else in the chat, and makes the dialog where there was none. An open call there is answered instead. */
  async start(actor: Actor, { chatId, callType }: NewCallRequest): Promise<NewCallAnswer> {
    const { principal, origin } = actor;
    const deviceId = this.requireDevice(actor);
    const chat = await this.directory.openForSending(principal.userId, chatId);
    const plan = { chat, origin, callType, callId: newCallId(), deviceId };
    return this.directory.sendInto(chat, principal, () => this.calls.start(plan));
  }

  async accept(actor: Actor, { callId }: CallRequest): Promise<AcceptCallAnswer> {
    const deviceId = this.requireDevice(actor);
    return this.answer(actor, { callId, deviceId, isAccepted: true });
  }

  /** A client may decline and go at once: on which device it was is not asked then. */
  async decline(actor: Actor, { callId }: CallRequest): Promise<AnswerOf<'declineCall'>> {
    await this.answer(actor, { callId, deviceId: this.deviceOf(actor), isAccepted: false });
    return { callId };
  }

  /** For everybody in it. One that has ended is answered as it was then. */
  async close({ origin }: Actor, { callId }: CallRequest): Promise<CloseCallAnswer> {
    const { chat } = await this.require(callId);
    return this.calls.close({ chat, callId, origin });
  }

  private async answer({ origin }: Actor, answer: Answer): Promise<AcceptCallAnswer> {
    const found = await this.require(answer.callId);
    const lostConnectionId = await this.lostConnectionOf(found, origin.userId);
    return this.calls.answer({ ...answer, chat: found.chat, origin, lostConnectionId });
  }

  /** Over which the user has answered before, where it is open no more. */
  private async lostConnectionOf({ parties }: StoredCall, userId: string): Promise<string | undefined> {
    const connectionId = parties.find((party) => party.userId === userId)?.connectionId;
    if (connectionId === undefined) return undefined;
    return (await this.delivery.isOpen(userId, connectionId)) ? undefined : connectionId;
  }

  private async require(callId: string): Promise<StoredCall> {
    const found = isCallId(callId) ? await this.calls.find(callId) : undefined;
    if (!found) throw unknownCall();
    return found;
  }

  /** While nobody knows which device it is, signals would not find it, and the call would be taken for one that nobody is in. */
  private requireDevice(actor: Actor): number | undefined {
    const deviceId = this.deviceOf(actor);
    const isUnknown = deviceId === undefined && actor.origin.connectionId !== undefined;
    if (isUnknown) throw new UnavailableError('the device is not known yet, retry');
    return deviceId;
  }

  private deviceOf({ origin: { connectionId } }: Actor): number | undefined {
    return connectionId === undefined ? undefined : this.delivery.deviceOf(connectionId);
  }
}
