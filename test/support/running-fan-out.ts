import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ConcordClient } from './concord-client.js';
import type { FrameClient } from './frame-client.js';
import type { JsonObject } from './fixtures.js';
import type { MessagingClient } from './messaging-client.js';
import type { TestServer } from './parlance.js';
import type { RealtimeClient } from './realtime-client.js';

type Claims = Record<string, unknown>;

/** A user's connections in all dialects, each told of what is sent all the while. */
export interface Listener {
  readonly messaging: MessagingClient;
  readonly realtime: RealtimeClient;
  readonly concord: ConcordClient;
}

/** How many of each kind are on their way at once: enough for something always to be under way. */
const ROUND = 5;

/** Somebody who sends all the time: to a group, on a topic and in a channel. */
export class RunningFanOut {
  private sent = 0;
  private isStopped = false;
  private running: Promise<void> = Promise.resolve();

  private constructor(
    private readonly groupId: string,
    private readonly topic: string,
    private readonly sender: MessagingClient,
    private readonly writer: ConcordClient,
    private readonly channelId: number,
  ) {}

  static async over(server: TestServer, sender: string, listeners: readonly string[]): Promise<RunningFanOut> {
    const messaging = await server.connect(sender);
    const group = { name: 'All', participants: listeners };
    const { chatId } = await messaging.request<{ chatId: string }>('createChat', group);
    const { body } = await server.rest(sender).get<{ defaultChannelId: number } & JsonObject>('/server');
    const writer = await server.connectConcord(sender);
    return new RunningFanOut(
      chatId,
      `news.${randomBytes(6).toString('hex')}`,
      messaging,
      writer,
      body.defaultChannelId,
    );
  }

  async listen(server: TestServer, userId: string, claims: Claims = {}): Promise<Listener> {
    const messaging = await server.connect(userId, { acks: true, claims });
    const realtime = await server.connectRealtime(userId, { claims });
    await realtime.subscribe(this.topic);
    const concord = await server.connectConcord(userId, { claims });
    await concord.settled();
    return { messaging, realtime, concord };
  }

  start(): void {
    this.running = this.run();
    // It is told to whoever stops it.
    this.running.catch(() => undefined);
  }

  /** Resolves once this many more of each kind have been sent and answered. */
  async another(count: number): Promise<void> {
    const until = this.sent + count;
    while (this.sent < until) await Promise.race([setImmediate(), this.running]);
  }

  /** @returns how many were sent of each kind. Rejects where sending has come to an end by itself */
  async stop(): Promise<number> {
    this.isStopped = true;
    await this.running;
    return this.sent;
  }

  /** The numbers that came in each dialect, in the order of their coming. */
  numbersAt({ messaging, realtime, concord }: Listener): Record<keyof Listener, number[]> {
    const isOurs = (payload: JsonObject | undefined): boolean => payload?.chatId === this.groupId;
    return {
      messaging: messaging.events('new').flatMap(({ payload }) => (isOurs(payload) ? Number(payload?.message) : [])),
      realtime: realtime
        .all('Broadcast')
        .flatMap(({ data }) => (data.topic === this.topic ? (data.payload as { n: number }).n : [])),
      concord: concord.all('chat_sent').flatMap(({ chat }) => {
        const { content } = chat as { content: string };
        return content.startsWith(this.topic) ? Number(content.split(' ')[1]) : [];
      }),
    };
  }

  /** Waits until all that was sent has come to the listener. */
  async hasAll(listener: Listener, count: number): Promise<void> {
    const has = (kind: keyof Listener) => () => (this.numbersAt(listener)[kind].length >= count ? true : undefined);
    for (const [kind, client] of Object.entries(listener) as [keyof Listener, FrameClient<JsonObject>][]) {
      await client.until(has(kind), `all of ${kind}`);
    }
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      await Promise.all(Array.from({ length: ROUND }, (_, index) => this.sendEach(this.sent + index)));
      this.sent += ROUND;
    }
  }

  private async sendEach(n: number): Promise<void> {
    await Promise.all([
      this.sender.request('new', { chatId: this.groupId, message: String(n) }),
      this.sender.request('broadcast', { topic: this.topic, payload: { n } }),
      this.writer.writes(this.channelId, `${this.topic} ${n}`),
    ]);
  }
}
