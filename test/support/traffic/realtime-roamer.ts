import { Outbox } from './outbox.js';
import { Roamer } from './roamer.js';

interface Message {
  readonly key: string;
  readonly type: 'Broadcast' | 'DirectMessage' | 'Subscribe';
  readonly data: Readonly<Record<string, unknown>>;
}

interface Frame {
  readonly type?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const NOT_NOW = [429, 503];

/** A session that is subscribed to topics and to a channel, and writes to them and to a user. */
export class RealtimeRoamer extends Roamer {
  /** What it was told in the channel and by other users, by the words. */
  readonly heard = new Set<string>();
  /** The ids of the topic messages that it was told. */
  readonly broadcasts = new Set<string>();
  /** Topics of which it was told that something is lost. */
  readonly gaps = new Set<string>();
  readonly outbox = new Outbox<Message>();
  private readonly onThisConnection = new Set<string>();
  private heardOn = 0;
  private words = 0;

  constructor(
    userId: string,
    anyOrigin: () => string,
    private readonly wishes: { readonly topics: readonly string[]; readonly channel: string; readonly partner: string },
  ) {
    super(userId, anyOrigin, { path: '/ws', protocols: ['realtime.v1'], query: { session: 'main' } });
    const topics = [...wishes.topics.map((topic) => topic.replace(/[^.]+$/, '*')), wishes.channel];
    this.outbox.add({ key: 'subscribe', type: 'Subscribe', data: { topics: [...new Set(topics)] } });
  }

  get unconfirmed(): number {
    return this.outbox.size;
  }

  say(): void {
    this.words += 1;
    const key = `${this.userId}.${this.words}`;
    const { topics, channel, partner } = this.wishes;
    const payload = { message: key };
    const topic = topics[this.words % topics.length];
    if (this.words % 4 === 0) this.add(key, 'Broadcast', { topic: channel, payload });
    else if (this.words % 4 === 1) this.add(key, 'DirectMessage', { target_user: partner, payload });
    else this.add(key, 'Broadcast', { topic, payload });
  }

  flush(): void {
    if (!this.isConnected) return;
    for (const { key, type, data } of this.outbox.due(this.serial)) {
      this.send({ type, data, id: key, metadata: { idempotency_key: key } });
    }
  }

  protected receive({ type, data = {} }: Frame): void {
    if (type === 'Ack') this.outbox.confirm(String(data.message_id));
    if (type === 'Error') this.refused(data);
    if (type === 'Status') this.learnStatus(data);
    if (type === 'DirectMessage') this.heard.add(wordOf(data.payload));
    if (type === 'Broadcast') this.hear(data);
  }

  private add(key: string, type: Message['type'], data: Message['data']): void {
    this.outbox.add({ key, type, data });
    this.flush();
  }

  /** Of a partner who is away it says that the message waits: an `Ack` follows. */
  private refused({ code, details }: Readonly<Record<string, unknown>>): void {
    const { message_id: key, queued } = (details ?? {}) as { message_id?: string; queued?: boolean };
    if (queued === true) return;
    if (NOT_NOW.includes(Number(code))) this.outbox.refuse(String(key));
    else this.complaints.push(`${this.userId} was answered ${String(code)} ${JSON.stringify(details)}`);
  }

  /** The Welcome too is one. */
  private learnStatus({ status, details }: Readonly<Record<string, unknown>>): void {
    const told = (details ?? {}) as Record<string, unknown>;
    if (status === 'draining') this.comeBackAfter(told.reconnect_after_ms);
    if (status === 'connected') for (const topic of (told.gap ?? []) as string[]) this.gaps.add(topic);
    if (status === 'gap') for (const topic of (told.topics ?? []) as string[]) this.gaps.add(topic);
  }

  private hear({ topic, payload, metadata }: Readonly<Record<string, unknown>>): void {
    if (topic === this.wishes.channel) {
      this.heard.add(wordOf(payload));
      return;
    }
    const { message_id: id } = metadata as { message_id: string };
    if (this.heardOn !== this.serial) this.onThisConnection.clear();
    this.heardOn = this.serial;
    if (this.onThisConnection.has(id)) this.complaints.push(`${this.userId} was told ${id} twice on one connection`);
    this.onThisConnection.add(id);
    this.broadcasts.add(id);
  }
}

/** What was edited before it came is told as it stands then. */
function wordOf(payload: unknown): string {
  return (payload as { message: string }).message.replace(/ edited$/, '');
}
