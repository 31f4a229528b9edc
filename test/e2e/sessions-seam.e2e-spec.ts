import * as fc from 'fast-check';
import { deliveries, freshTopic, payloads } from '../support/broadcasts.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeFrame } from '../support/realtime-client.js';
import { newestTopicNumber, topicNumbers } from '../support/topic-clock.js';

/** One connection of the session's client. */
interface Stay {
  /** It goes after so many broadcasts, of which some may be on their way. */
  readonly messages: number;
  /** It waits until a ping has confirmed what it has by then, before it goes. */
  readonly confirms: boolean;
  readonly deaf: boolean;
  /** So many are said before it comes back. */
  readonly away: number;
}

/** What one connection got, and the number up to which the server had heard of it when the connection went. */
interface Heard {
  readonly ids: readonly string[];
  readonly confirmed: number;
}

/** A client that says so many at once shares commits with itself, and is always in the middle of one. */
const AT_ONCE = 8;

const stay: fc.Arbitrary<Stay> = fc.record({
  messages: fc.integer({ min: 0, max: 150 }),
  confirms: fc.boolean(),
  deaf: fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, { arbitrary: fc.constant(true), weight: 1 }),
  away: fc.integer({ min: 0, max: 200 }),
});

/** Speaks without a pause until it is told to stop. */
class Chatter {
  /** Ids of what was acked, in the order of the answers. */
  readonly acked: string[] = [];
  private isOver = false;
  private sent = 0;

  /** @param topics in turn */
  constructor(
    private readonly speaker: RealtimeClient,
    private readonly topics: readonly string[],
  ) {
    // Before whoever waits for the frame looks.
    speaker.socket.prependListener('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as RealtimeFrame;
      if (frame.type !== 'Ack') return;
      this.acked.push(frame.data.server_message_id as string);
      if (!this.isOver) this.speak();
    });
    for (let count = 0; count < AT_ONCE; count += 1) this.speak();
  }

  /** Resolves once so many more are acked. */
  async more(messages: number): Promise<void> {
    const enough = this.acked.length + messages;
    await this.speaker.until(() => (this.acked.length >= enough ? true : undefined), 'more to be said');
  }

  /** Resolves when all that was said is acked. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.speaker.until(() => (this.acked.length === this.sent ? true : undefined), 'the last answer');
  }

  private speak(): void {
    this.sent += 1;
    const topic = this.topics[this.sent % this.topics.length];
    this.speaker.send({ type: 'Broadcast', data: { topic, payload: this.sent }, id: `said ${this.sent}` });
  }
}

describe('a session whose client vanishes and comes back while others keep talking', () => {
  let server: TestServer;

  beforeAll(async () => {
    // What is said in one run fits into history.
    server = await TestServer.start({ TOPIC_HISTORY_MESSAGES: '1000000' });
  });

  afterAll(() => server.stop());

  const connect = (userId: string, deaf = false): Promise<RealtimeClient> =>
    server.connectRealtime(userId, { protocols: ['realtime.v1'], query: { session: 'home' }, deaf });

  const idsOf = (client: RealtimeClient): string[] => deliveries(client).map(({ metadata }) => metadata.message_id);

  async function visit(client: RealtimeClient, chatter: Chatter, { messages, confirms, deaf }: Stay): Promise<Heard> {
    await client.until(() => (deliveries(client).length >= messages ? true : undefined), 'what it came for');
    let confirmed = 0;
    if (confirms && !deaf && messages > 0) {
      await client.until(() => (client.topicMarks.length > 0 ? true : undefined), 'a ping');
      confirmed = Math.max(...client.topicMarks);
      await client.settled();
    }
    await chatter.more(1);
    await client.vanish();
    return { ids: idsOf(client), confirmed };
  }

  it('gets everything that was said, in order on each connection, and nothing again that it confirmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stay, { minLength: 4, maxLength: 6 }), async (stays) => {
        const [ann] = freshUsers('Ann');
        const speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
        const visits: Heard[] = [];
        const first = await connect(ann);
        const topic = freshTopic();
        await first.subscribe(`${topic}.*`, `${topic}.c.>`);
        const chatter = new Chatter(speaker, [`${topic}.a`, `${topic}.b`, `${topic}.c.d`]);
        await first.vanish();
        for (const each of stays) {
          const client = await connect(ann, each.deaf);
          expect(client.welcome).toMatchObject({ resumed: true });
          visits.push(await visit(client, chatter, each));
          await chatter.more(each.away);
        }
        const client = await connect(ann);
        await chatter.stop();
        speaker.send({ type: 'Broadcast', data: { topic: `${topic}.a`, payload: 'the last word' } });
        await client.of('Broadcast', ({ payload }) => payload === 'the last word');
        visits.push({ ids: idsOf(client), confirmed: 0 });
        await Promise.all([client.close(), speaker.close()]);

        const numbers = await topicNumbers(server.database.url, topic);
        const said = [...numbers.keys()];
        const heard = new Set(visits.flatMap(({ ids }) => ids));
        expect(said.filter((id) => !heard.has(id))).toEqual([]);
        expect(said).toEqual(expect.arrayContaining(chatter.acked));
        let confirmed = 0;
        for (const { ids, confirmed: reached } of visits) {
          const got = ids.map((id) => numbers.get(id) ?? NaN);
          expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
          expect(got.filter((number) => !(number > confirmed))).toEqual([]);
          confirmed = Math.max(confirmed, reached);
        }
      }),
      { numRuns: 2, endOnFailure: true },
    );
  }, 90_000);

  it('gets what is said in the very moment in which it goes', async () => {
    const [ann] = freshUsers('Ann');
    const speaker = await server.connectRealtime('Speaker', { protocols: ['realtime.v1'] });
    const topic = freshTopic();
    let client = await connect(ann);
    await client.subscribe(topic);
    const rounds = 30;
    const heard = new Set<unknown>();
    for (let round = 0; round < rounds; round += 1) {
      // Nothing is unconfirmed.
      if (round > 0) await client.hasConfirmed(await newestTopicNumber(server.database.url));
      const before = client;
      const gone = before.close();
      await speaker.broadcast(topic, round);
      await gone;
      for (const payload of payloads(before)) heard.add(payload);
      client = await connect(ann);
      if (!heard.has(round)) await client.of('Broadcast', ({ payload }) => payload === round);
    }
  });
});
