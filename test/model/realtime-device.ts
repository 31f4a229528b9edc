import { setImmediate } from 'node:timers/promises';
import type { RealtimeFrame } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';
import { type Heads, readHeads } from './channel-record.js';
import { nextMoment } from './moment.js';
import { RealtimeLine, type RealtimeLineOwner } from './realtime-line.js';
import { RealtimeReplica } from './realtime-replica.js';
import type { Rig } from './rig.js';
import { Watchers } from './watchers.js';

const UNAVAILABLE = 503;

type Data = Readonly<Record<string, unknown>>;

/** Something that a device has sent and will send again until it is answered. */
export interface Ask {
  readonly type: 'DirectMessage' | 'Broadcast' | 'Subscribe' | 'Unsubscribe';
  readonly data: Data;
  readonly metadata?: Data;
  /** When it was sent for the first time. */
  readonly sentAt: number;
  /** On the connection that it was last sent on; none once that is gone. */
  line?: RealtimeLine;
  /** The data of its `Ack`, or of an `Error` that nothing follows. */
  answer?: Data;
  answeredAt?: number;
  /** Told when it is answered or its connection is gone. */
  wake?: () => void;
}

/** What tells the devices of one user apart. */
export interface RealtimeKind {
  readonly device?: string;
  readonly session?: string;
  readonly extended?: boolean;
}

/** A broadcast that came, or a repetition of one. */
export interface Heard {
  readonly messageId: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly from: unknown;
  readonly line: RealtimeLine;
}

/** A subscription to channels that has begun. */
export interface Followed {
  readonly line: RealtimeLine;
  readonly topics: readonly string[];
  /** Where the channels stood then: what came after that is told. */
  readonly heads: Heads;
}

const CHANNELS = 'chat.';

/** A realtime client as one should be written: keeps what it is told, and sends again what was not answered. */
export class RealtimeDevice implements RealtimeLineOwner {
  readonly dialect = 'realtime';
  readonly replica = new RealtimeReplica();
  readonly asks: Ask[] = [];
  /** All its connections, also those that are gone. */
  readonly lines: RealtimeLine[] = [];
  /** All broadcasts, in the order in which they came. */
  readonly heard: Heard[] = [];
  /** The same for channels, which are no topics to the log. */
  readonly heardInChannels: Heard[] = [];
  readonly followed: Followed[] = [];
  /** While it subscribes to channels. */
  following?: Promise<void>;
  /** Answers to one message that say different things. */
  readonly contradictions: string[] = [];
  private readonly watchers = new Watchers();
  private readonly asked = new Map<string, Ask>();
  private readonly token: string;
  private isDeaf = false;
  private serial = 0;

  constructor(
    readonly userId: string,
    readonly kind: RealtimeKind,
    private readonly rig: Rig,
  ) {
    this.token = signToken({ sub: userId, ...(kind.device !== undefined && { device: kind.device }) });
  }

  /** By which the log knows it. */
  get name(): string {
    const { device = '', session } = this.kind;
    return session === undefined ? device : `session ${session}`;
  }

  get label(): string {
    return `${this.userId}/realtime ${this.name === '' ? 'unnamed' : this.name}`;
  }

  get openLines(): RealtimeLine[] {
    return this.lines.filter(({ open }) => open);
  }

  get hears(): boolean {
    return !this.isDeaf;
  }

  set hears(hears: boolean) {
    this.isDeaf = !hears;
    if (hears) for (const line of this.openLines) line.answerPing();
  }

  /** One more connection. What was not answered is sent again at once. */
  async connect(): Promise<RealtimeLine> {
    await this.rig.up();
    const { session, extended = false } = this.kind;
    const query = { ...(session !== undefined && { session }), ...(extended && { extensions: 'true' }) };
    const protocols = this.lines.length % 2 === 0 ? ['realtime.v1'] : [];
    const { token } = this;
    const { origin, epoch } = this.rig;
    try {
      const line = await RealtimeLine.open({ origin, token, query, protocols, epoch }, this);
      this.lines.push(line);
      this.askAgain(line);
      return line;
    } catch {
      // The server was killed in this very moment: it will be back.
      await setImmediate();
      return this.connect();
    }
  }

  /** The newest: it may be about to replace an older one. */
  async anyLine(): Promise<RealtimeLine> {
    return this.openLines.at(-1) ?? this.connect();
  }

  async ask(type: Ask['type'], data: Data, metadata?: Data): Promise<Ask> {
    const line = await this.anyLine();
    const ask: Ask = { type, data, metadata, sentAt: nextMoment() };
    this.asks.push(ask);
    this.send(ask, line);
    return ask;
  }

  /** What was lost with its connection. */
  askAgain(line: RealtimeLine): void {
    for (const ask of this.unanswered) this.send(ask, line);
  }

  /** Sends something again that was answered already. */
  async repeat(ask: Ask): Promise<void> {
    this.send(ask, await this.anyLine());
  }

  /** Subscribes to channels; what is sent there from the answer on has to come. */
  async follow(topics: readonly string[]): Promise<void> {
    const ask = await this.ask('Subscribe', { topics });
    const { line } = ask;
    await this.outcomeOf(ask);
    if (!line || !ask.answer || ask.answer.code !== undefined) return;
    const heads = await readHeads(this.rig.pool);
    this.followed.push({ line, topics, heads });
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.openLines.map((line) => line.close(() => this.rig.epoch)));
  }

  frameCame(frame: RealtimeFrame, line: RealtimeLine): void {
    const { type, data } = frame;
    this.replica.learn(frame, line.serial);
    if (type === 'Broadcast') this.hear(data, line);
    if (type === 'Ack' || type === 'Error') this.answerCame(frame);
    this.watchers.wake();
  }

  lineClosed(line: RealtimeLine): void {
    for (const ask of this.asks) if (ask.line === line) letGo(ask);
    this.watchers.wake();
  }

  /** Resolves when it is answered, or can't be any more on the connection that it was sent on. */
  async outcomeOf(ask: Ask): Promise<void> {
    if (!ask.line) return;
    const { wake } = ask;
    await new Promise<void>((resolve) => {
      ask.wake = () => {
        wake?.();
        resolve();
      };
    });
  }

  until(look: () => boolean): Promise<boolean> {
    return this.watchers.until(look);
  }

  /** What will be sent again. */
  get unanswered(): Ask[] {
    return this.asks.filter((ask) => !ask.answer && !ask.line && isRepeatable(ask));
  }

  private send(ask: Ask, line: RealtimeLine): void {
    const id = `${this.name}#${++this.serial}`;
    const { type, data, metadata } = ask;
    ask.line = line;
    this.asked.set(id, ask);
    line.send({ type, data, id, ...(metadata && { metadata }) });
  }

  private hear({ topic, payload, from_user: from, metadata }: Data, line: RealtimeLine): void {
    const { message_id: messageId } = metadata as { message_id: string };
    const heard = isOfChannel(topic) ? this.heardInChannels : this.heard;
    heard.push({ messageId, topic: topic as string, payload, from, line });
  }

  private answerCame({ type, data }: RealtimeFrame): void {
    const ask = this.asked.get(answeredIdOf(data));
    if (!ask || (type === 'Error' && isQueued(data))) return;
    // With 503 nobody knows whether it was done: it is sent again.
    if (data.code !== UNAVAILABLE) this.learn(ask, data);
    letGo(ask);
  }

  private learn(ask: Ask, answer: Data): void {
    const { server_message_id: messageId } = answer;
    if (ask.answer && ask.answer.server_message_id !== messageId) {
      this.contradictions.push(`${this.label} was answered ${text(ask.answer)}, then ${text(answer)}`);
    }
    ask.answer ??= answer;
    ask.answeredAt ??= nextMoment();
    if (ask.type === 'DirectMessage' && messageId !== undefined) {
      this.replica.learnSent(messageId as string, this.userId, ask.data);
    }
  }
}

/** Sent twice, these would be two: without an answer nobody can know whether they were done. */
export function isRepeatable({ type, metadata }: Ask): boolean {
  return type === 'Subscribe' || type === 'Unsubscribe' || metadata?.idempotency_key !== undefined;
}

/** What is sent there is a message of a chat. */
export function isOfChannel(topic: unknown): boolean {
  return String(topic).startsWith(CHANNELS);
}

function letGo(ask: Ask): void {
  ask.line = undefined;
  ask.wake?.();
  ask.wake = undefined;
}

/** An `Ack` names the message itself, an `Error` in its details. */
function answeredIdOf({ message_id: acked, details }: Data): string {
  const { message_id: refused } = (details ?? {}) as { message_id?: unknown };
  return String(acked ?? refused);
}

/** The user is away: an `Ack` follows. */
function isQueued({ details }: Data): boolean {
  return (details as { queued?: boolean } | undefined)?.queued === true;
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
