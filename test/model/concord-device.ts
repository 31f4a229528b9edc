import { setImmediate } from 'node:timers/promises';

import type { ConcordFrame } from '../support/concord-client.js';
import { eventually } from '../support/eventually.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';
import { type Heads, lastSeenOf, readHeads } from './channel-record.js';
import { ConcordLine, type ConcordLineOwner } from './concord-line.js';
import { ConcordReplica } from './concord-replica.js';
import type { Rig } from './rig.js';
import { Watchers } from './watchers.js';

const UNAVAILABLE = 503;
/** Far beyond every window. */
const LONG_AWAY_MS = 3_600_000;

export interface ConcordKind {
  /** '' for the user's unnamed device. */
  readonly name: string;
  /** The only channel that its token allows. */
  readonly only?: string;
}

/** A time during which a device never was away for too long. */
export interface Era {
  /** What came before that is not told. */
  readonly from: Heads;
  /** What came after that is told; absent until the server has heard that the device is here. */
  sure?: Heads;
}

/** What was asked over REST. */
export interface RestRequest {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What came of it. */
export interface Confirmed extends RestRequest {
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** What was written by a frame: nothing answers it but that it comes back. */
interface Written {
  readonly content: string;
  readonly channelId: number;
  readonly line: ConcordLine;
  readonly errorsBefore: number;
  /** All that was sent up to it was done, and nothing was refused since. */
  isDone: boolean;
}

/** No act reacts so: it is refused, and only when all before it is done. */
const TOO_LONG = { type: 'chat_reaction', chatId: 1, reaction: 'x'.repeat(65), adding: true };

/** A concord client as one should be written: keeps what it is told. It has one connection at a time. */
export class ConcordDevice implements ConcordLineOwner {
  readonly dialect = 'concord';
  readonly replica = new ConcordReplica();
  /** All its connections, also those that are gone. */
  readonly lines: ConcordLine[] = [];
  readonly eras: Era[] = [];
  readonly errors: ConcordFrame[] = [];
  /** What was answered over REST, be it refused. */
  readonly answered: Confirmed[] = [];
  /** Texts of its user's, by which it knows what it may change. */
  readonly words = new Set<string>();
  /** What has been begun and is not done. */
  readonly pending = new Set<Promise<void>>();
  readonly written: Written[] = [];
  private readonly watchers = new Watchers();
  private readonly token: string;
  private isDeaf = false;
  /** And has not tried to connect since. */
  private hasOutstayed = false;

  constructor(
    readonly userId: string,
    readonly kind: ConcordKind,
    private readonly rig: Rig,
  ) {
    const { name, only } = kind;
    const topics = only === undefined ? {} : { topics: { subscribe: [`chat.${only}`], publish: [`chat.${only}`] } };
    this.token = signToken({ sub: userId, ...(name !== '' && { device: name }), ...topics });
  }

  get name(): string {
    return this.kind.name;
  }

  get label(): string {
    return `${this.userId}/concord ${this.name === '' ? 'unnamed' : this.name}`;
  }

  get line(): ConcordLine | undefined {
    return this.lines.findLast(({ open }) => open);
  }

  get hears(): boolean {
    return !this.isDeaf;
  }

  set hears(hears: boolean) {
    this.isDeaf = !hears;
    if (hears) this.line?.answerPing();
  }

  /** Whether its token allows the channel. */
  mayRead({ name }: { readonly name: string }): boolean {
    return this.kind.only === undefined || this.kind.only === name;
  }

  async anyLine(): Promise<ConcordLine> {
    return this.line ?? this.connect();
  }

  /** Instead of the connection that it has. */
  async connect(): Promise<ConcordLine> {
    await this.line?.vanish();
    await this.rig.up();
    if (this.eras.length === 0) this.eras.push({ from: await readHeads(this.rig.pool) });
    await this.checkEra();
    const { token } = this;
    const { origin, epoch } = this.rig;
    try {
      const line = await ConcordLine.open({ origin, token, epoch, era: this.eras.length - 1 }, this);
      this.lines.push(line);
      this.watchEra();
      return line;
    } catch {
      // The server was killed in this very moment: it will be back.
      await setImmediate();
      return this.connect();
    }
  }

  async close(): Promise<void> {
    await this.line?.close(() => this.rig.epoch);
  }

  /** Goes, and comes back when nobody keeps for it any more what it has missed. */
  async outstay(): Promise<void> {
    const { epoch } = this.rig;
    const goneAt = Date.now();
    if (!this.line || !this.eras.at(-1)?.sure) return;
    await this.close();
    // Only of a server that was there all the time it is known when it writes down for the last time that the device was here.
    if (this.lines.at(-1)?.closedIn !== epoch || epoch % 2 === 1) return;
    await eventually(async () => {
      const lastSeen = await lastSeenOf(this.rig.pool, this);
      return this.rig.epoch !== epoch || Number(lastSeen) >= goneAt ? true : undefined;
    }, `the leave of ${this.label}`);
    await this.rig.absencesWritten(this.userId, this.dialect);
    if (this.rig.epoch !== epoch) return;
    await this.rig.pool.query(
      `update devices set last_seen = last_seen - $3 where user_id = $1 and dialect = 'concord' and name = $2`,
      [this.userId, this.name, LONG_AWAY_MS],
    );
    this.eras.push({ from: await readHeads(this.rig.pool) });
    this.hasOutstayed = true;
  }

  write(channelId: number, threadId: number | null, content: string, line: ConcordLine): void {
    this.words.add(content);
    this.written.push({ content, channelId, line, errorsBefore: this.errors.length, isDone: false });
    line.send({ type: 'chat_written', channelId, threadId, sentAt: 0, content });
  }

  /** Resolves when what was written has come back, or can't any more, or anything was refused. */
  async outcomes(): Promise<void> {
    await this.watchers.until(() => this.waiting().length === 0);
  }

  /** Resolves when all that was sent on the connection that it has was done or refused. */
  async settled(): Promise<boolean> {
    const line = await this.anyLine();
    line.send(TOO_LONG);
    const isSettled = await this.until(() => !line.open || line.frames.some(isTooLong));
    for (const written of this.written.filter((each) => each.line === line)) {
      written.isDone = line.open && this.errors.length === written.errorsBefore;
    }
    return isSettled;
  }

  /** Over REST. What is not answered may have been done or not. */
  ask(request: RestRequest): Promise<void> {
    const asking = this.askNow(request).finally(() => this.pending.delete(asking));
    this.pending.add(asking);
    return asking;
  }

  frameCame(frame: ConcordFrame): void {
    this.replica.learn(frame);
    if (frame.type === 'error' && !isTooLong(frame)) this.errors.push(frame);
    this.watchers.wake();
  }

  lineClosed(): void {
    this.watchers.wake();
  }

  until(look: () => boolean): Promise<boolean> {
    return this.watchers.until(look);
  }

  private waiting(): readonly Written[] {
    const contents = new Set([...this.replica.chats.values()].map(({ content }) => content));
    const came = new Set(this.lines.flatMap(({ frames }) => frames.map(contentOf)));
    return this.written.filter(({ content, line, errorsBefore }) => {
      return line.open && !contents.has(content) && !came.has(content) && this.errors.length === errorsBefore;
    });
  }

  private async askNow({ method, path, body }: RestRequest): Promise<void> {
    await this.rig.up();
    const rest = new RestClient(this.rig.origin.replace('ws:', 'http:'), this.token);
    try {
      const { status, body: answer } = await rest.ask<Confirmed['answer'] | null>(method, path, body);
      if (status !== UNAVAILABLE) this.answered.push({ method, path, body, status, answer: answer ?? {} });
    } catch {
      // The server was killed meanwhile: nobody knows whether it was done.
    }
  }

  /** Another server may have noticed late that an older connection was gone, and have written that the device was here until then. */
  private async checkEra(): Promise<void> {
    if (!this.hasOutstayed) return;
    this.hasOutstayed = false;
    const lastSeen = await lastSeenOf(this.rig.pool, this);
    if (Number(lastSeen) > Date.now() - LONG_AWAY_MS / 2) this.eras.pop();
  }

  /** From when on the server knows that the device is here (again). */
  private watchEra(): void {
    const era = this.eras.at(-1);
    if (!era || era.sure) return;
    const watching = eventually(async () => {
      const lastSeen = await lastSeenOf(this.rig.pool, this);
      return lastSeen !== undefined && lastSeen > Date.now() - LONG_AWAY_MS / 2 ? true : undefined;
    }, `the visit of ${this.label}`)
      .then(async () => {
        const heads = await readHeads(this.rig.pool);
        era.sure ??= heads;
      })
      .catch(() => undefined)
      .finally(() => this.pending.delete(watching));
    this.pending.add(watching);
  }
}

function isTooLong({ type, details }: ConcordFrame): boolean {
  return type === 'error' && (details as { field?: unknown }).field === 'reaction';
}

function contentOf(frame: ConcordFrame): unknown {
  return (frame.chat as { content?: unknown } | undefined)?.content;
}
