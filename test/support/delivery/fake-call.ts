import type { Call } from '../../../src/domain/calls.js';
import type {
  CallAnswered,
  CallClosed,
  CallLogged,
  CallStarted,
  MemberBase,
  Origin,
} from '../../../src/domain/changes.js';
import type { FakeLog } from './fake-log.js';

/** What happens in one call of a chat of the log in memory. */
export class FakeCall {
  private number = 0;
  private readonly call: Call;

  constructor(
    private readonly log: FakeLog,
    private readonly chatId: number,
    caller: string,
  ) {
    const participants = [caller];
    this.call = { callId: 'call_1', caller, callType: 'audio', participants, startedAt: 0, ringsUntil: 60_000 };
  }

  start(origin: Origin, bases: readonly MemberBase[] = []): CallStarted {
    return this.log.append(this.chatId, origin, (base) => {
      this.number = base.newest + 1;
      return { ...base, newest: this.number, type: 'callStarted', message: this.message, call: this.call, bases };
    });
  }

  answer(origin: Origin, deviceId?: number): CallAnswered {
    const { message, call } = this;
    const answered = { type: 'callAnswered', message, call, isAccepted: true, deviceId } as const;
    return this.log.append(this.chatId, origin, (base) => ({ ...base, ...answered }));
  }

  /** Over nobody's connection, so that everybody is told. */
  close(): [CallClosed, CallLogged] {
    const { message } = this;
    const origin = { userId: this.call.caller };
    const call: Call = { ...this.call, ended: { at: 1, status: 'missed', durationS: 0 } };
    return [
      this.log.append(this.chatId, origin, (base) => ({ ...base, type: 'callClosed', message, call })),
      this.log.append(this.chatId, origin, (base) => ({ ...base, type: 'callLogged', message, call })),
    ];
  }

  private get message() {
    return { number: this.number };
  }
}
