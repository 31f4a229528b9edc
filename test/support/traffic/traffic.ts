import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { joinChannel, makeChannel } from '../channels.js';
import { eventually } from '../eventually.js';
import { ADMIN } from '../fresh-channel.js';
import { freshUsers } from '../fresh-users.js';
import { MessagingClient } from '../messaging-client.js';
import { RestClient } from '../rest-client.js';
import { signToken } from '../tokens.js';
import type { ProcessCluster } from '../process-cluster.js';
import { type AwayTimes, awayTimes } from './away-times.js';
import { ConcordRoamer } from './concord-roamer.js';
import { MessagingRoamer } from './messaging-roamer.js';
import { RealtimeRoamer } from './realtime-roamer.js';
import type { Roamer } from './roamer.js';
import { readTrafficLog } from './traffic-log.js';
import { type Crowd, verdictOnTraffic } from './verdict-on-traffic.js';

/** What the servers of a cluster under traffic are told: real graces, and histories that keep everything. */
export const TRAFFIC_ENV = { PRESENCE_GRACE_MS: '5000', TOPIC_HISTORY_MESSAGES: '100000' };

/** How long it may take until everybody has everything again. */
const SETTLE_MS = 15_000;

/** Each client says something so often. */
const EVERY_MS = 150;

/** Complaints that are told; of one mistake there are many. */
const SHOWN = 25;

export interface Outcome {
  readonly complaints: readonly string[];
  readonly away: AwayTimes;
  /** Confirmed, in all dialects. */
  readonly confirmed: number;
}

/** Clients in all dialects, on all servers of a cluster, who write all the time. */
export class Traffic {
  private readonly everybody: readonly Roamer[];
  private isFlowing = true;
  private readonly flowing: Promise<void>;

  private constructor(
    private readonly cluster: ProcessCluster,
    private readonly crowd: Crowd,
    private readonly graceMs: number,
  ) {
    this.everybody = [...crowd.messaging, ...crowd.realtime, ...crowd.concord];
    this.flowing = this.flow();
  }

  /** @param graceMs that users of the cluster stay online after their connections @param size clients of each dialect */
  static async start(cluster: ProcessCluster, graceMs: number, size = 10): Promise<Traffic> {
    const crowd = await gather(cluster, size);
    const everybody = [...crowd.messaging, ...crowd.realtime, ...crowd.concord];
    try {
      await Promise.all(everybody.map((roamer) => roamer.start()));
      await eventually(
        () => (everybody.every(({ unconfirmed }) => unconfirmed === 0) ? true : undefined),
        'subscriptions',
      );
    } catch (error) {
      await Promise.all(everybody.map((roamer) => roamer.stop()));
      throw error;
    }
    return new Traffic(cluster, crowd, graceMs);
  }

  /** How much is confirmed so far. */
  get confirmed(): number {
    const { messaging, realtime, concord } = this.crowd;
    const written = [...messaging, ...realtime].reduce((sum, { outbox }) => sum + outbox.confirmed.length, 0);
    return concord.reduce((sum, { confirmed }) => sum + confirmed.length, written);
  }

  /** Resolves when so much more is confirmed: it flows. */
  async flows(count = 300): Promise<void> {
    const goal = this.confirmed + count;
    await eventually(() => (this.confirmed >= goal ? true : undefined), `${count} confirmations`);
  }

  /** Nobody says more, everybody gets what is missing and comes back once: then what was lost and doubled. */
  async settle(): Promise<Outcome> {
    this.isFlowing = false;
    await this.flowing;
    const isConfirmed = await this.comesAbout(() => {
      for (const roamer of this.everybody) roamer.flush();
      return this.everybody.every(({ unconfirmed, isConnected }) => unconfirmed === 0 && isConnected);
    });
    const away = awayTimes(this.everybody.flatMap(({ aways }) => aways));
    for (const roamer of this.everybody) roamer.move();
    const complaints = await this.verdict();
    if (!isConfirmed) complaints.unshift('not everything was confirmed, not everybody came back');
    return { complaints: complaints.slice(0, SHOWN), away, confirmed: this.confirmed };
  }

  async stop(): Promise<void> {
    this.isFlowing = false;
    await Promise.all([this.flowing, ...this.everybody.map((roamer) => roamer.stop())]);
  }

  private async flow(): Promise<void> {
    for (let turn = 0; this.isFlowing; turn = (turn + 1) % this.everybody.length) {
      const roamer = this.everybody[turn];
      roamer?.flush();
      roamer?.say();
      await pause(EVERY_MS / this.everybody.length);
    }
  }

  /** Asked again until there is nothing to complain of, or time is up. */
  private async verdict(): Promise<string[]> {
    const client = new Client({ connectionString: this.cluster.database.url, application_name: 'parlance tests' });
    await client.connect();
    let complaints: string[] = [];
    try {
      await this.comesAbout(async () => {
        complaints = verdictOnTraffic(this.crowd, await readTrafficLog(client), this.graceMs);
        return complaints.length === 0 && this.everybody.every(({ isConnected }) => isConnected);
      });
    } finally {
      await client.end();
    }
    return complaints;
  }

  private async comesAbout(look: () => boolean | Promise<boolean>): Promise<boolean> {
    const deadline = Date.now() + SETTLE_MS;
    while (Date.now() < deadline) {
      if (await look()) return true;
      await pause(100);
    }
    return false;
  }
}

/** Everybody knows somebody: one group and one channel of all, dialogs in a ring, and one to a user of the other dialect. */
async function gather(cluster: ProcessCluster, size: number): Promise<Crowd> {
  const anyOrigin = (): string => cluster.server(Math.floor(Math.random() * cluster.servers.length)).origin;
  const people = (name: string): string[] =>
    freshUsers(...Array.from({ length: size }, (_, index) => `${name}${index}`));
  const [writers, listeners, readers] = [people('m'), people('r'), people('c')];
  const { origin, httpOrigin } = cluster.server(0);
  const channel = await makeChannel(new RestClient(httpOrigin, signToken({ sub: 'admin', ...ADMIN })));
  const [groupId, channelId] = await acquaint(origin, writers, channel.name);

  const next = (ids: readonly string[], index: number): string => ids[(index + 1) % ids.length] ?? '';
  return {
    messaging: writers.map(
      (userId, index) =>
        new MessagingRoamer(userId, anyOrigin, [groupId, next(writers, index), channelId, next(listeners, index)]),
    ),
    realtime: listeners.map((userId, index) => {
      const topics = ['traffic.north', 'traffic.south'];
      return new RealtimeRoamer(userId, anyOrigin, {
        topics,
        channel: `chat.${channel.name}`,
        partner: next(writers, index),
      });
    }),
    concord: readers.map((userId) => new ConcordRoamer(userId, anyOrigin, channel.id)),
  };
}

/** @returns the ids of a group of all, and of the channel that all have joined */
async function acquaint(origin: string, users: readonly string[], name: string): Promise<[string, string]> {
  const clients = await Promise.all(users.map((sub) => MessagingClient.connect(origin, signToken({ sub }))));
  const [first] = clients;
  if (!first) throw new Error('nobody is there');
  const group = await first.request<{ chatId: string }>('createChat', { name: 'all', participants: users.slice(1) });
  const channels = await Promise.all(clients.map((client) => joinChannel(client, { name })));
  await Promise.all(clients.map((client) => client.close()));
  return [group.chatId, channels[0] ?? ''];
}
