import { setImmediate } from 'node:timers/promises';
import type { Frame } from '../support/messaging-client.js';
import { signToken } from '../support/tokens.js';
import { type AckHabit, Line, type LineOwner } from './line.js';
import { Replica } from './replica.js';
import type { Rig } from './rig.js';
import { Watchers } from './watchers.js';

const UNAVAILABLE = 503;

export type Payload = Readonly<Record<string, unknown>>;

/** Something that a device has asked and will ask again until it is answered. */
export interface Request {
  readonly payloadType: string;
  readonly payload: Payload;
  /** Counts the states of the chat that were known when it was asked. */
  readonly statesKnown: number;
  /** On the connection that it was last asked on; none once that is gone. */
  line?: Line;
  answer?: Frame;
  /** Told when it is answered or its connection is gone. */
  wake?: () => void;
}

/** Asked twice, these would be two: without an answer nobody can know whether they were done. */
export function isRepeatable({ payloadType, payload }: Request): boolean {
  return payloadType !== 'new' || payload.clientMessageId !== undefined;
}

/**
 * A client as one should be written: keeps what it is told, asks again what was not answered, acks what it has. How
 * diligently it acks, and when it loses its connections, is up to the play.
 */
export class Device implements LineOwner {
  readonly dialect = 'messaging';
  habit: AckHabit = 'atOnce';
  readonly replica = new Replica();
  /** All that it has ever asked. */
  readonly requests: Request[] = [];
  /** All its connections, also those that are gone. */
  readonly lines: Line[] = [];
  /** Answers to one request that say different things. */
  readonly contradictions: string[] = [];
  private readonly watchers = new Watchers();
  private readonly asked = new Map<string, Request>();
  private readonly token: string;
  private serial = 0;

  constructor(
    readonly userId: string,
    /** '' for the user's unnamed device. */
    readonly name: string,
    private readonly rig: Rig,
  ) {
    this.token = signToken({ sub: userId, ...(name === '' ? {} : { device: name }) });
  }

  get label(): string {
    return `${this.userId}/${this.name === '' ? 'unnamed' : this.name}`;
  }

  get openLines(): Line[] {
    return this.lines.filter(({ open }) => open);
  }

  /** One more connection. What was not answered is asked again at once, before anything has come. */
  async connect(): Promise<Line> {
    await this.rig.up();
    try {
      // Now and then on the socket whose dialect the first frame chooses.
      const path = this.lines.length % 3 === 1 ? '/ws' : '/messaging';
      const { origin, maxUnacked } = this.rig;
      const line = await Line.open({ origin, path, token: this.token }, this, maxUnacked);
      this.lines.push(line);
      this.askAgain(line);
      if (path === '/ws') line.choose();
      return line;
    } catch {
      // The server was killed in this very moment: it will be back.
      await setImmediate();
      return this.connect();
    }
  }

  async anyLine(): Promise<Line> {
    return this.openLines[0] ?? this.connect();
  }

  async request(payloadType: string, payload: Payload): Promise<Request> {
    const line = await this.anyLine();
    const statesKnown = this.replica.chats.get(payload.chatId as string)?.states ?? 0;
    const request: Request = { payloadType, payload, statesKnown };
    this.requests.push(request);
    this.ask(request, line);
    return request;
  }

  /** What was lost with its connection. */
  askAgain(line: Line): void {
    for (const request of this.unanswered) this.ask(request, line);
  }

  /** Asks something again that was answered already. */
  async repeat(request: Request): Promise<void> {
    this.ask(request, await this.anyLine());
  }

  eventCame(frame: Frame, line: number): void {
    this.replica.learnEvent(frame, line);
    this.watchers.wake();
  }

  answerCame(frame: Frame, line: Line): void {
    const request = this.asked.get(String(frame.id));
    if (!request) return;
    this.learn(request, frame, line.serial);
    this.letGo(request);
    this.watchers.wake();
  }

  /** What was granted once and is refused when it is repeated (one is out of the group by now) was granted all the same. */
  private learn(request: Request, answer: Frame, line: number): void {
    // Nobody knows whether it was done: it is asked again.
    if (answer.error?.code === UNAVAILABLE) return;
    if (answer.error && request.answer) return;
    if (request.answer?.payload) this.checkRepetition(request.answer, answer);
    request.answer = answer;
    if (answer.error) this.learnRefusal(request);
    else this.learnAnswer(request, answer, line);
  }

  lineClosed(line: Line): void {
    for (const request of this.requests) if (request.line === line) this.letGo(request);
    this.watchers.wake();
  }

  /** Resolves when the request is answered, or can't be any more on the connection that it was asked on. */
  async outcomeOf(request: Request): Promise<void> {
    if (!request.line) return;
    await new Promise<void>((resolve) => {
      request.wake = resolve;
    });
  }

  /** Resolves when `look` holds, or after a while whether it does. It is asked again whenever a frame has come. */
  until(look: () => boolean): Promise<boolean> {
    return this.watchers.until(look);
  }

  /** What will be asked again. */
  get unanswered(): Request[] {
    return this.requests.filter((request) => !request.answer && !request.line && isRepeatable(request));
  }

  /** Whether something was asked of which nobody will ever know the outcome. */
  get hasLostSends(): boolean {
    return this.requests.some((request) => !request.answer && !isRepeatable(request));
  }

  private ask(request: Request, line: Line): void {
    const id = `${this.label}#${++this.serial}`;
    request.line = line;
    this.asked.set(id, request);
    line.send({ type: 'request', id, timestamp: 0, payloadType: request.payloadType, payload: request.payload });
  }

  private letGo(request: Request): void {
    request.line = undefined;
    request.wake?.();
    request.wake = undefined;
  }

  /** The same send is answered in the same way, for ever. */
  private checkRepetition(first: Frame, again: Frame): void {
    const [before, after] = [first, again].map(({ payload }) => JSON.stringify(payload));
    if (before !== after) this.contradictions.push(`${this.label} was answered ${before}, then ${after}`);
  }

  private learnAnswer({ payloadType, payload, statesKnown }: Request, frame: Frame, line: number): void {
    const { replica, userId } = this;
    const { payload: answer = {} } = frame;
    replica.calls.learnAnswer(payloadType, payload, frame, line);
    if (payloadType === 'new') replica.learnSent(payload, answer, userId);
    if (payloadType === 'edit') replica.learnEdited(payload, answer, line);
    if (payloadType === 'delete') replica.learnDeleted(payload, answer, line);
    if (payloadType === 'react') replica.learnReacted(payload, answer);
    if (payloadType === 'read' || payloadType === 'dlvrd') replica.learnMarked(payload, answer, userId, payloadType);
    if (payloadType === 'leaveChat') replica.learnChat(payload.chatId as string, { removed: true });
    // Nobody leaves while somebody of the same user joins.
    if (payloadType === 'joinChat') replica.learnChat(answer.chatId as string, answer);
    else if (answer.meta !== undefined) replica.learnShown(answer.chatId as string, answer, statesKnown);
  }

  /** Whoever asks a second time to leave is told that there is no such chat: it is out. */
  private learnRefusal({ payloadType, payload, statesKnown }: Request): void {
    // Of an unnamed one's connections the server may not know yet that one is gone: then it does not take this for a repetition.
    if (this.name === '') this.replica.calls.learnRefusal(payloadType, payload);
    if (payloadType !== 'leaveChat') return;
    const chatId = payload.chatId as string;
    if (this.replica.chat(chatId).states === statesKnown) this.replica.learnChat(chatId, { removed: true });
  }
}
