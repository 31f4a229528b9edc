import { type Frame, isAckAnswer, MessagingClient } from '../support/messaging-client.js';
import { CallLaws } from './call-laws.js';
import { nextMoment } from './moment.js';

/** How a device treats what it gets: real ones ack at once, in batches, in no order, or die before they do. */
export type AckHabit = 'atOnce' | 'late' | 'never';

/** What a line tells its device. */
export interface LineOwner {
  readonly userId: string;
  readonly habit: AckHabit;
  eventCame(frame: Frame, line: number): void;
  answerCame(frame: Frame, line: Line): void;
  lineClosed(line: Line): void;
}

export interface LineAddress {
  readonly origin: string;
  readonly token: string;
  readonly path: string;
}

/** Per chat, what came last: each chat's events come in the chat's order. */
interface Latest {
  number: number;
  at: number;
}

const ORDERED = ['new', 'edit', 'react', 'newCall'];
const OF_CALLS = ['newCall', 'closeCall', 'call'];
/** So long, ms, a connection may go on without having said its dialect; then it is told what waits as one of another. */
const UNSETTLED_MS = 1_000;

let lines = 0;

/** One connection of a device. Watches that the laws which hold for every connection are kept. */
export class Line {
  readonly serial = ++lines;
  readonly broken: string[] = [];
  readonly frames: Frame[] = [];
  open = true;
  /** Got and not acked, in order. */
  readonly unacked: number[] = [];
  /** It has been told something in its own dialect: from then on nothing comes in another. */
  private isSettled = false;
  private events = 0;
  private ownEvents = 0;
  private readonly latest = new Map<string, Latest>();
  private readonly callLaws = new CallLaws();

  /** @param asked when it was asked for: the moment, and ms since the epoch */
  private constructor(
    private readonly asked: { readonly moment: number; readonly at: number },
    private readonly client: MessagingClient,
    private readonly owner: LineOwner,
    private readonly maxUnacked: number,
  ) {
    // The first frames may have come with the answer to the upgrade.
    for (const frame of client.frames) this.receive(frame);
    client.socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString()) as Frame);
    });
    void client.closed.then(() => {
      this.open = false;
      owner.lineClosed(this);
    });
  }

  static async open({ origin, token, path }: LineAddress, owner: LineOwner, maxUnacked: number): Promise<Line> {
    const asked = { moment: nextMoment(), at: Date.now() };
    return new Line(asked, await MessagingClient.connect(origin, token, { path }), owner, maxUnacked);
  }

  get begun(): number {
    return this.asked.moment;
  }

  /** Says in which dialect it goes on, where no request has said so before. */
  choose(): void {
    if (this.open) this.client.socket.send('ping');
  }

  send(frame: unknown): void {
    if (this.open) this.client.socket.send(JSON.stringify(frame));
  }

  ackAll(): void {
    while (this.unacked.length > 0) this.ackOne(0);
  }

  /** Of what is not acked, the one at this place. */
  ackOne(place: number): void {
    const [id] = this.unacked.splice(place % Math.max(1, this.unacked.length), 1);
    if (id !== undefined) this.send({ type: 'ack', id });
  }

  /** Resolves when the connection is gone. */
  async vanish(): Promise<void> {
    this.open = false;
    await this.client.vanish();
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private receive(frame: Frame): void {
    this.frames.push(frame);
    this.isSettled ||= isOfMessaging(frame);
    if (frame.type === 'event' && frame.id !== undefined) this.receiveEvent(frame);
    else if (frame.type === 'response' && !isAckAnswer(frame)) this.owner.answerCame(frame, this);
    else if (!isOfMessaging(frame) && !this.mayBeOfAnother()) this.breaks(`it was sent ${JSON.stringify(frame)}`);
  }

  /** One comes before the dialect is chosen; more, where what chooses it took too long on its way. */
  private mayBeOfAnother(): boolean {
    return this.frames.length === 1 || (!this.isSettled && Date.now() - this.asked.at >= UNSETTLED_MS);
  }

  private receiveEvent(frame: Frame): void {
    this.events += 1;
    if (frame.id !== this.events) this.breaks(`event ${String(frame.id)} is the connection's ${this.events}th`);
    if (!Number.isInteger(frame.timestamp)) this.breaks(`a timestamp is missing in ${JSON.stringify(frame)}`);
    this.unacked.push(this.events);
    this.checkWindow(frame);
    if (ORDERED.includes(frame.eventType ?? '')) this.checkOrder(frame);
    if (OF_CALLS.includes(frame.eventType ?? '')) this.checkCall(frame);
    this.owner.eventCame(frame, this.serial);
    if (this.owner.habit === 'atOnce') this.ackAll();
  }

  /**
   * What the device's own user did may have been sent just before it was answered: the answer takes the place of the ack,
   * which can't be seen from here. Who has answered a call, or closed it, is not said.
   */
  private checkWindow({ eventType, payload }: Frame): void {
    const isOwn = [payload?.sender, payload?.userId].includes(this.owner.userId);
    if (isOwn || OF_CALLS.includes(eventType ?? '')) this.ownEvents += 1;
    const { length } = this.unacked;
    if (length > this.maxUnacked + this.ownEvents) {
      const told = this.frames.slice(-4 * this.maxUnacked).map((frame) => `\n    ${JSON.stringify(frame)}`);
      this.breaks(`${length} events are unacked: ${told.join('')}`);
    }
  }

  /**
   * The times of changes never go back within a chat. Those of deletions and marks may: a message that is deleted by now
   * is told of in its place, and several marks of one user as one, in the place of the first.
   */
  private checkOrder(frame: Frame): void {
    const { chatId, messageId } = frame.payload as { chatId: string; messageId: number };
    const latest = this.latest.get(chatId) ?? { number: 0, at: 0 };
    const at = Number(frame.timestamp);
    if (at < latest.at) this.breaks(`in ${chatId} time went back: ${this.eventsOf(chatId)}`);
    if (frame.eventType === 'new' && messageId <= latest.number) {
      this.breaks(`in ${chatId} message ${messageId} came after ${latest.number}`);
    }
    const number = frame.eventType === 'new' ? messageId : latest.number;
    this.latest.set(chatId, { number, at });
  }

  private checkCall(frame: Frame): void {
    const law = this.callLaws.check(frame);
    if (law === undefined) return;
    const story = this.frames.filter(({ payload }) => payload?.callId === frame.payload?.callId);
    this.breaks(`${law}: ${story.map((each) => `\n    ${JSON.stringify(each)}`).join('')}`);
  }

  private eventsOf(chatId: string): string {
    const events = this.frames.filter(({ type, payload }) => type === 'event' && payload?.chatId === chatId);
    return events.map((event) => `\n    ${JSON.stringify(event)}`).join('');
  }

  private breaks(law: string): void {
    this.broken.push(`line ${this.serial}: ${law}`);
  }
}

function isOfMessaging({ type, event }: Frame): boolean {
  return type === 'event' || type === 'response' || event === 'pong';
}
