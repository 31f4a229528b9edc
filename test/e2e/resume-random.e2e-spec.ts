import * as fc from 'fast-check';
import type { ShownChannel, ShownThread } from '../../src/domain/shown-channel.js';
import { joinChannel, makeChannel, post } from '../support/channels.js';
import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import { ConcordReplica } from '../support/concord-replica.js';
import { ADMIN, freshChannelName } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestClient } from '../support/rest-client.js';

const DOINGS = [
  ...['write', 'write', 'write', 'frame', 'broadcast', 'opaque', 'message'],
  ...['edit', 'edit', 'delete', 'react', 'react', 'unreact', 'thread', 'inThread', 'describe', 'rename'],
] as const;

interface Act {
  readonly doing: (typeof DOINGS)[number];
  readonly which: number;
}

/** One connection of the client, and its absence afterwards. */
interface Stay {
  /** So many doings while it is there, and while it is away. */
  readonly there: number;
  readonly away: number;
  /** It answers no pings. */
  readonly deaf: boolean;
  /** Goes without a word. */
  readonly vanishes: boolean;
}

const act: fc.Arbitrary<Act> = fc.record({ doing: fc.constantFrom(...DOINGS), which: fc.nat({ max: 1_000 }) });
const stay: fc.Arbitrary<Stay> = fc.record({
  there: fc.integer({ min: 0, max: 60 }),
  away: fc.integer({ min: 0, max: 40 }),
  deaf: fc.boolean(),
  vanishes: fc.boolean(),
});

describe('a client that comes and goes while others do whatever they like', () => {
  let server: TestServer;
  let admin: RestClient;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = server.rest('Admin', ADMIN);
  });

  afterAll(() => server.stop());

  /** Others, in three channels of theirs. */
  async function openStage() {
    const [ben, cid, dee, eve] = freshUsers('Ben', 'Cid', 'Dee', 'Eve');
    const channels = [await makeChannel(admin), await makeChannel(admin), await makeChannel(admin)] as const;
    const topics = channels.map(({ name }) => `chat.${name}`);
    const concord = await server.connectConcord(cid);
    const realtime = await server.connectRealtime(eve, { protocols: ['realtime.v1'] });
    const messaging = await server.connect(dee, { acks: true });
    const chatIds: string[] = [];
    for (const { name } of channels) chatIds.push(await joinChannel(messaging, { name }));
    const rest = server.rest(ben);
    const mine: ConcordChat[] = [];
    const threads: { id: number; channelId: number }[] = [];
    let count = 0;

    const play = async ({ doing, which }: Act): Promise<void> => {
      const place = which % 3;
      const channelId = channels[place]?.id ?? 0;
      const text = `text ${(count += 1)}`;
      const chat = mine.length === 0 ? undefined : mine[which % mine.length];
      const reaction = ['👍', '😂'][which % 2];
      switch (doing) {
        case 'write':
          mine.push(await post(rest, channelId, text));
          break;
        case 'frame':
          await concord.writes(channelId, text);
          break;
        case 'broadcast':
          await realtime.broadcast(topics[place] ?? '', { message: text });
          break;
        case 'opaque':
          await realtime.broadcast(topics[place] ?? '', { level: which });
          break;
        case 'message':
          await messaging.request('new', { chatId: chatIds[place], message: text });
          break;
        case 'edit':
          if (chat) await rest.patch(`/chats/${chat.id}`, { content: text });
          break;
        case 'delete':
          if (chat && which % 3 === 0) await rest.delete(`/chats/${chat.id}`);
          break;
        case 'react':
        case 'unreact':
          if (chat) await rest.post(`/chats/${chat.id}/reactions`, { reaction, adding: doing === 'react' });
          break;
        case 'thread': {
          if (!chat) break;
          const path = `/channels/${chat.channelId}/threads`;
          const { body, status } = await rest.post<ShownThread>(path, { sourceChatId: chat.id, name: text });
          if (status === 201) threads.push(body);
          break;
        }
        case 'inThread': {
          const thread = threads[which % Math.max(1, threads.length)];
          if (thread) mine.push(await post(rest, thread.channelId, text, { threadId: thread.id }));
          break;
        }
        case 'describe':
          await admin.patch(`/channels/${channelId}`, { description: text });
          break;
        case 'rename': {
          const name = freshChannelName();
          await admin.patch(`/channels/${channelId}`, { name });
          topics[place] = `chat.${name}`;
        }
      }
    };
    const close = async (): Promise<void> => {
      await Promise.all([concord, realtime, messaging].map((client) => client.close()));
    };
    return { channels, play, close, rest };
  }

  /** What REST says. */
  async function stateOf(rest: RestClient, channelIds: readonly number[]) {
    const chats: ConcordChat[] = [];
    const threads: ShownThread[] = [];
    const channels: ShownChannel[] = [];
    for (const id of channelIds) {
      chats.push(...(await rest.get<ConcordChat[]>(`/chats?channelId=${id}&size=500`)).body);
      threads.push(...(await rest.get<ShownThread[]>(`/channels/${id}/threads?size=500`)).body);
      channels.push((await rest.get<ShownChannel>(`/channels/${id}`)).body);
    }
    return { chats: byId(chats), threads: byId(threads), channels: byId(channels) };
  }

  function heldBy(replica: ConcordReplica, channelIds: readonly number[]) {
    const isOf = ({ channelId }: { channelId: number }): boolean => channelIds.includes(channelId);
    return {
      chats: byId([...replica.chats.values()].filter(isOf)),
      threads: byId([...replica.threads.values()].filter(isOf)),
      channels: byId([...replica.channels.values()].filter(({ id }) => channelIds.includes(id))),
    };
  }

  async function run(acts: readonly Act[], stays: readonly Stay[]): Promise<void> {
    const [ann] = freshUsers('Ann');
    const replica = new ConcordReplica();
    // Its first visit, before there is anything.
    await (await server.connectConcord(ann)).close();
    const { channels, play, close, rest } = await openStage();
    const ids = channels.map(({ id }) => id);
    let done = 0;
    /** Some at once, and each again and again. */
    const doSome = async (many: number): Promise<void> => {
      const some = Array.from({ length: many }, () => acts[done++ % acts.length]).filter((each) => each !== undefined);
      const lanes = [0, 1, 2].map(async (lane) => {
        for (const [place, each] of some.entries()) if (place % 3 === lane) await play(each);
      });
      await Promise.all(lanes);
    };

    for (const { there, away, deaf, vanishes } of stays) {
      const doing = doSome(there);
      const client: ConcordClient = await server.connectConcord(ann, { deaf });
      replica.follow(client);
      await doing;
      if (vanishes) await client.vanish();
      else await client.close();
      await doSome(away);
    }
    const last = await server.connectConcord(ann);
    replica.follow(last);
    for (const id of ids) {
      const { id: marker } = await post(rest, id, 'the last word');
      await last.chat((chat) => chat.id === marker);
    }
    await Promise.all([last.close(), close()]);

    expect(heldBy(replica, ids)).toEqual(await stateOf(rest, ids));
    expect(replica.senseless).toEqual([]);
    expect(replica.outOfOrder).toEqual([]);
  }

  it('holds in the end what REST shows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 80, maxLength: 120 }),
        fc.array(stay, { minLength: 3, maxLength: 7 }),
        run,
      ),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});

function byId<T extends { readonly id: number }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => a.id - b.id);
}
