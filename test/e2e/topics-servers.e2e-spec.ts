import { deliveries, freshTopic, historyOf, payloads } from '../support/broadcasts.js';
import { joinChannel, makeChannel, textsIn } from '../support/channels.js';
import { clusterDescribe, clusterEnv, TestCluster } from '../support/cluster.js';
import { arrivedTexts } from '../support/conversation.js';
import { eventually } from '../support/eventually.js';
import { ADMIN } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { ServerProcess } from '../support/parlance.js';
import { knowsPeers } from '../support/peers.js';
import { RealtimeClient, type RealtimeConnectOptions } from '../support/realtime-client.js';
import { ServerSockets } from '../support/server-sockets.js';
import { blocked, Obstacle } from '../support/sessions.js';
import { signToken } from '../support/tokens.js';
import { newestTopicNumber } from '../support/topic-clock.js';

const SERVERS = [0, 1, 2];
const MAX_BUFFERED_BYTES = 262_144;

type Options = RealtimeConnectOptions & { readonly claims?: Record<string, unknown> };

clusterDescribe('topics over three servers', () => {
  let cluster: TestCluster;
  let sockets: ServerSockets;
  const clients: RealtimeClient[] = [];

  beforeAll(async () => {
    // All clients and servers are in this process, which is busy at times.
    const env = { BUS_ANSWER_MS: '2000', MAX_BUFFERED_BYTES: `${MAX_BUFFERED_BYTES}` };
    sockets = ServerSockets.watch();
    cluster = await TestCluster.start(SERVERS.length, env);
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  afterAll(async () => {
    sockets.stop();
    await cluster.stop();
  });

  const connect = async (index: number, userId: string, options: Options = {}): Promise<RealtimeClient> => {
    const client = await cluster.server(index).connectRealtime(userId, { protocols: ['realtime.v1'], ...options });
    clients.push(client);
    return client;
  };

  /** One client on each server. */
  const everywhere = (): Promise<RealtimeClient[]> =>
    Promise.all(SERVERS.map((index) => connect(index, `Reader${index}`)));

  const at = (clients: readonly RealtimeClient[], index: number): RealtimeClient => {
    const client = clients[index];
    if (!client) throw new Error(`there is no client ${index}`);
    return client;
  };

  /** Resolves once so many have come. */
  const hasGot = (client: RealtimeClient, count: number): Promise<unknown> =>
    client.until(() => (deliveries(client).length >= count ? true : undefined), `${count} broadcasts`);

  describe('a broadcast', () => {
    it('counts the connections on all servers that it is handed to, each once', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      await at(readers, 0).subscribe(`${topic}.a`);
      await at(readers, 1).subscribe(`${topic}.*`, `${topic}.>`, `${topic}.a`);
      await at(readers, 2).subscribe(`*.a`);
      const second = await connect(2, 'Second');
      await second.subscribe('>');
      for (const index of SERVERS) {
        expect(await at(readers, index).broadcast(`${topic}.a`, index)).toMatchObject({ recipients: 4 });
        expect(await at(readers, index).broadcast(`${topic}.a.b`, index)).toMatchObject({ recipients: 2 });
        expect(await at(readers, index).broadcast(`${topic}.other`, index)).toMatchObject({ recipients: 2 });
      }
      await hasGot(at(readers, 1), 9);
      await at(readers, 1).request('Unsubscribe', { topics: [`${topic}.*`, `${topic}.>`] });
      expect(await at(readers, 0).broadcast(`${topic}.other`, 'x')).toMatchObject({ recipients: 1 });
    });

    it('on a reserved topic is matched by no wildcard in the first place', async () => {
      const readers = await everywhere();
      const claims = { topics: { subscribe: ['>', 'user.>', '$own.>'], publish: ['>', 'user.>', '$own.>'] } };
      const [here, there] = [await connect(0, 'Ann', { claims }), await connect(1, 'Ann', { claims })];
      for (const reader of readers) await reader.subscribe('>', '*.x');
      await there.subscribe('user.*', '$own.>', '>');
      for (const topic of ['user.x', '$own.x']) {
        expect(await here.broadcast(topic, topic)).toMatchObject({ recipients: 1 });
      }
      await hasGot(there, 2);
      expect(payloads(there)).toEqual(['user.x', '$own.x']);
      for (const reader of readers) expect(payloads(reader)).toEqual([]);
    });

    it('with an idempotency_key is one, whichever servers it is sent to', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(topic);
      const senders = await Promise.all(SERVERS.map((index) => connect(index, 'Sender')));
      const answers = await Promise.all(
        senders.map((sender) => sender.broadcast(topic, 'once', { idempotency_key: 'k' })),
      );
      expect(new Set(answers.map(({ server_message_id: id }) => id)).size).toBe(1);
      await at(senders, 1).broadcast(topic, 'end');
      for (const reader of readers) {
        await hasGot(reader, 2);
        expect(payloads(reader)).toEqual(['once', 'end']);
      }
    });

    it('comes to each subscriber once, each publisher’s in order, and history is the same', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(`${topic}.>`);
      const publishers = await Promise.all(SERVERS.map((index) => connect(index, `Publisher${index}`)));
      const count = 200;
      const publish = async (publisher: RealtimeClient, index: number): Promise<void> => {
        const sent: Promise<unknown>[] = [];
        for (let nth = 0; nth < count; nth += 1) sent.push(publisher.broadcast(`${topic}.t`, { index, nth }));
        for (const answer of await Promise.all(sent)) expect(answer).toMatchObject({ recipients: 3 });
      };
      await Promise.all(publishers.map(publish));
      const reader = at(readers, 0);
      const kept: unknown[] = [];
      for (let before: string | undefined, more = true; more;) {
        const page = await historyOf(reader, `${topic}.t`, { limit: 500, ...(before && { before }) });
        kept.unshift(...page.messages.map(({ metadata }) => metadata.message_id));
        before = page.messages[0]?.metadata.message_id;
        more = page.has_more;
      }
      for (const each of readers) {
        await hasGot(each, SERVERS.length * count);
        const got = deliveries(each);
        expect(got.map(({ metadata }) => metadata.message_id).sort()).toEqual([...kept].sort());
        for (const index of SERVERS) {
          const own = got
            .map(({ payload }) => payload as { index: number; nth: number })
            .filter((one) => one.index === index);
          expect(own.map(({ nth }) => nth)).toEqual(Array.from({ length: count }, (_, nth) => nth));
        }
      }
    });

    it('is not handed to who subscribes after its answer, on any server', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (let round = 0; round < 20; round += 1) {
        await at(readers, round % 3).broadcast(`${topic}.${round}`, 'before');
        await at(readers, (round + 1) % 3).subscribe(`${topic}.${round}`);
        expect(await at(readers, round % 3).broadcast(`${topic}.${round}`, 'after')).toMatchObject({ recipients: 1 });
      }
      for (const reader of readers) await reader.settled();
      await eventually(() => readers.flatMap((reader) => payloads(reader)).length >= 20 || undefined, 'all broadcasts');
      expect(readers.flatMap((reader) => payloads(reader))).toEqual(Array.from({ length: 20 }, () => 'after'));
    });
  });

  describe('what nobody keeps', () => {
    it('is handed to who is subscribed, or connected, on other servers', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(`${topic}.*`);
      const answer = await at(readers, 0).request('X-Wave', { topic: `${topic}.a`, n: 1 });
      expect(answer).toMatchObject({ recipients: 3 });
      for (const reader of readers) await reader.of('X-Wave', ({ n }) => n === 1);
      const [ann] = freshUsers('Ann');
      const target = await connect(2, ann);
      await eventually(async () => {
        const { type } = await at(readers, 0).ask('X-Wave', { target_user: ann, n: 2 });
        return type === 'Ack' || undefined;
      }, 'a user who is heard of');
      await target.of('X-Wave', ({ n }) => n === 2);
    });
  });

  describe('a group’s topic', () => {
    it('reaches members on all servers, and counts them', async () => {
      const [ann, bob, cid, eve] = freshUsers('Ann', 'Bob', 'Cid', 'Eve');
      const creator = await cluster.server(0).connect(ann);
      const { chatId } = await creator.request<{ chatId: string }>('createChat', {
        name: 'g',
        participants: [bob, cid],
      });
      const members = await Promise.all([ann, bob, cid].map((userId, index) => connect(index, userId)));
      const stranger = await connect(1, eve);
      for (const client of [...members, stranger]) await client.subscribe(`chat.${chatId}`);
      expect(await at(members, 0).broadcast(`chat.${chatId}`, { message: 'hello' })).toMatchObject({ recipients: 3 });
      for (const member of members) {
        await hasGot(member, 1);
        expect(payloads(member)).toMatchObject([{ message: 'hello' }]);
      }
      expect(await stranger.broadcast(`chat.${chatId}`, { message: 'x' })).toMatchObject({ recipients: 0 });
      expect(payloads(stranger)).toEqual([]);
    });
  });

  describe('a channel', () => {
    it('reaches its members and its followers in all dialects on all servers, once, and counts them', async () => {
      const channel = await makeChannel(cluster.server(0).rest('Admin', ADMIN));
      const topic = `chat.${channel.name}`;
      const [ann, bob, cid] = freshUsers('Ann', 'Bob', 'Cid');
      const member = await cluster.server(0).connect(ann);
      await eventually(async () => {
        const { status } = await cluster.server(1).rest(bob).get(`/channels/${channel.id}`);
        return status === 200 || undefined;
      }, 'a channel that another server knows');
      await joinChannel(member, { name: channel.name });
      const follower = await cluster.server(1).connectConcord(bob);
      const subscriber = await connect(2, cid);
      await subscriber.subscribe('chat.*');
      const texts = ['from 0', 'from 1', 'from 2'];
      for (const [index, message] of texts.entries()) {
        const sender = await connect(index, `Sender${index}`);
        expect(await sender.broadcast(topic, { message })).toMatchObject({ recipients: 3 });
      }
      await hasGot(subscriber, 3);
      await follower.chat(({ content }) => content === 'from 2');
      await member.event('new', ({ message }) => message === 'from 2');
      expect(payloads(subscriber)).toMatchObject(texts.map((message) => ({ message })));
      expect(textsIn(follower, channel.id)).toEqual(texts);
      expect(arrivedTexts(member)).toEqual(texts);
    });
  });

  describe('a reader that stops reading', () => {
    it('holds no more than MAX_BUFFERED_BYTES of its server, and goes on from history', async () => {
      const [topic, sender, reader] = [freshTopic(), await connect(0, 'Sender'), await connect(1, 'Slow')];
      await reader.subscribe(topic);
      reader.socket.pause();
      const [count, filling] = [300, 'x'.repeat(50_000)];
      let most = 0;
      for (let nth = 0; nth < count; nth += 1) {
        expect(await sender.broadcast(topic, { nth, filling })).toMatchObject({ recipients: 1 });
        most = Math.max(most, sockets.of(reader).writableLength);
      }
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
      reader.socket.resume();
      await hasGot(reader, count);
      await sender.broadcast(topic, { nth: count });
      await hasGot(reader, count + 1);
      const came = payloads(reader).map((payload) => (payload as { nth: number }).nth);
      expect(came).toEqual(Array.from({ length: count + 1 }, (_, nth) => nth));
    });
  });

  describe('a session', () => {
    it('goes on at another server behind what it has confirmed', async () => {
      const [topic, sender] = [freshTopic(), await connect(2, 'Sender')];
      const [ann] = freshUsers('Ann');
      let client = await connect(0, ann, { query: { session: 'home' } });
      await client.subscribe(`${topic}.*`);
      const got: unknown[][] = [];
      for (let round = 1; round <= 6; round += 1) {
        await sender.broadcast(`${topic}.a`, `${round} here`);
        await hasGot(client, round === 1 ? 1 : 2);
        await client.until(() => (client.topicMarks.length > 0 ? true : undefined), 'a ping');
        await client.settled();
        got.push(payloads(client));
        await client.vanish();
        await sender.broadcast(`${topic}.a`, `${round} away`);
        client = await connect(round % 3, ann, { query: { session: 'home' } });
        expect(client.welcome).toMatchObject({ resumed: true });
      }
      expect(got).toEqual([['1 here'], ...[2, 3, 4, 5, 6].map((round) => [`${round - 1} away`, `${round} here`])]);
    });
  });

  describe('a server that is killed between its push and its commit', () => {
    it('leaves a message that each has once, and history too', async () => {
      const { url } = cluster.database;
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(topic);
      const killed = await ServerProcess.start(url, clusterEnv(SERVERS.length, cluster.nats.url));
      await knowsPeers(cluster.server(0).httpOrigin, SERVERS.length);
      const publisher = await RealtimeClient.connect(killed.origin, signToken({ sub: 'Publisher' }), {
        protocols: ['realtime.v1'],
      });
      const before = await newestTopicNumber(url);
      const obstacle = await Obstacle.raise(url, 'select from topic_clock for update');
      publisher.send({ type: 'Broadcast', data: { topic, payload: 'pushed' }, id: 'pushed' });
      for (const reader of readers) await hasGot(reader, 1);
      await blocked(url);
      await killed.kill();
      await obstacle.remove();
      await eventually(async () => ((await newestTopicNumber(url)) > before ? true : undefined), 'the commit');
      await at(readers, 0).broadcast(topic, 'next');
      for (const reader of readers) {
        await hasGot(reader, 2);
        expect(payloads(reader)).toEqual(['pushed', 'next']);
      }
      const { messages } = await historyOf(at(readers, 0), topic);
      expect(messages.map(({ payload }) => payload)).toEqual(['pushed', 'next']);
    }, 60_000);
  });

  describe('when NATS is killed and comes back', () => {
    it('subscribers get all, once, each publisher’s in order, also what is published meanwhile', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(`${topic}.>`);
      const senders = await Promise.all(SERVERS.map((index) => connect(index, `Sender${index}`)));
      const ids: unknown[] = [];
      const handedTo: unknown[] = [];
      let isOver = false;
      const talk = async (sender: RealtimeClient, index: number): Promise<void> => {
        for (let nth = 0; !isOver; nth += 3) {
          // At once: what is lost may have yet to be committed while the next is heard.
          const answers = await Promise.all([0, 1, 2].map((more) => sender.broadcast(`${topic}.t`, nth + more)));
          ids.push(...answers.map(({ server_message_id: id }) => id));
          handedTo[index] = answers.at(-1)?.recipients;
        }
      };
      const talking = Promise.all(senders.map(talk));
      await hasGot(at(readers, 0), 30);
      await cluster.nats.kill();
      const before = ids.length;
      await eventually(() => (ids.length > before + 100 ? true : undefined), 'more to be said');
      await cluster.nats.start();
      await cluster.isWhole();
      await eventually(() => handedTo.every((recipients) => recipients === 3) || undefined, 'all to be heard by all');
      isOver = true;
      await talking;
      for (const reader of readers) {
        await hasGot(reader, ids.length);
        await reader.settled();
        expect(
          deliveries(reader)
            .map(({ metadata }) => metadata.message_id)
            .sort(),
        ).toEqual([...ids].sort());
        for (const index of SERVERS) {
          const own = deliveries(reader).filter(({ from_user: from }) => from === `Sender${index}`);
          expect(own.map(({ payload }) => payload)).toEqual(own.map((_, nth) => nth));
        }
      }
    }, 60_000);
  });

  describe('a server that is cut off from NATS', () => {
    it('still brings what the others publish, and nothing twice when it is back', async () => {
      const [topic, readers] = [freshTopic(), await everywhere()];
      for (const reader of readers) await reader.subscribe(topic);
      cluster.proxy(1).cut();
      await eventually(async () => {
        const { recipients } = await at(readers, 0).broadcast(topic, 'cut');
        return recipients === 2 ? true : undefined;
      }, 'the cut');
      await at(readers, 1).broadcast(topic, 'from the cut off one');
      for (const reader of readers) await reader.of('Broadcast', ({ payload }) => payload === 'from the cut off one');
      await at(readers, 0).broadcast(topic, 'last');
      for (const reader of readers) await reader.of('Broadcast', ({ payload }) => payload === 'last');
      cluster.proxy(1).restore();
      await cluster.isWhole();
      await at(readers, 0).broadcast(topic, 'after');
      for (const reader of readers) await reader.of('Broadcast', ({ payload }) => payload === 'after');
      const ids = readers.map((reader) =>
        deliveries(reader)
          .map(({ metadata }) => metadata.message_id)
          .sort(),
      );
      for (const each of ids) {
        expect(each).toEqual([...new Set(each)]);
        expect(each).toEqual(ids[0]);
      }
    }, 60_000);
  });
});
