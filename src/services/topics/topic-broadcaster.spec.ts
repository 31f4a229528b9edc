import type { Config } from '../../config/config.js';
import { UnavailableError } from '../../domain/errors.js';
import type { BroadcastRequest } from '../../domain/payloads.js';
import { type Distribution, rawMetadata, rawPayload, type TopicMessage } from '../../domain/topics.js';
import type { TopicLog } from '../../log/topic-log.js';
import { MessageIds } from '../chats/message-ids.js';
import { TopicBroadcaster } from './topic-broadcaster.js';

const HISTORY_MS = 86_400_000;

type Kept = Awaited<ReturnType<TopicLog['append']>>;

class World {
  readonly happened: string[] = [];
  readonly appended: { message: TopicMessage; keeping: object }[] = [];
  readonly pushed: string[] = [];
  noted: unknown;
  /** Settle the commits, in the order in which they were queued. */
  private readonly commits: ((kept: Partial<Kept>) => void)[] = [];
  private readonly failures: ((error: Error) => void)[] = [];

  private readonly broadcaster = new TopicBroadcaster(
    {
      append: (message: TopicMessage, keeping: object) => {
        this.happened.push('queued');
        this.appended.push({ message, keeping });
        return new Promise<Kept>((resolve, reject) => {
          this.commits.push((kept) => {
            resolve({ messageId: message.id, isNew: true, ...kept });
          });
          this.failures.push(reject);
        });
      },
      notedRecipients: () => Promise.resolve(undefined),
      noteRecipients: (_message: TopicMessage, key: string, recipients: number) => {
        this.noted = { key, recipients };
      },
    } as Partial<TopicLog> as TopicLog,
    {
      publish: async ({ topic, payloadJson }: TopicMessage) => {
        this.happened.push('pushed');
        this.pushed.push(`${topic} ${payloadJson}`);
        return 42;
      },
    } as Partial<Distribution> as Distribution,
    new MessageIds(),
    { now: () => 1_000 },
    { topics: { historyMs: HISTORY_MS } } as Config,
  );

  commit(kept: Partial<Kept>): void {
    this.failures.shift();
    this.commits.shift()?.(kept);
  }

  fail(error: Error): void {
    this.commits.shift();
    this.failures.shift()?.(error);
  }

  broadcast(request: Partial<BroadcastRequest> = {}) {
    const publisher = {
      principal: { userId: 'User1', roles: [], expiresAt: 0 },
      origin: { userId: 'User1', connectionId: 'c1' },
      placed: () => {
        this.happened.push('placed');
      },
    };
    return this.broadcaster.broadcast(publisher, { topic: 'news', payload: { message: 'Hi' }, ...request });
  }
}

describe('TopicBroadcaster', () => {
  describe('broadcast', () => {
    it('pushes in the tick in which it queues, and answers after the commit', async () => {
      const world = new World();
      const answered = world.broadcast();
      expect(world.happened).toEqual(['queued', 'pushed', 'placed']);

      const order: string[] = [];
      void answered.then(() => order.push('answered'));
      await new Promise(setImmediate);
      order.push('committed');
      world.commit({});

      await expect(answered).resolves.toEqual({ messageId: world.appended[0]?.message.id, recipients: 42 });
      expect(order).toEqual(['committed', 'answered']);
    });

    it('fails where the commit does, although it was pushed', async () => {
      const world = new World();
      const answered = world.broadcast();
      world.fail(new UnavailableError('the database is away'));
      await expect(answered).rejects.toBeInstanceOf(UnavailableError);
    });

    it('passes texts on as they were sent', () => {
      const world = new World();
      const raw = { [rawPayload]: '{"message": "Hi", "n": 1.0}', [rawMetadata]: '{ "mood":"happy" }' };
      void world.broadcast({ metadata: { mood: 'happy' }, ...raw });
      expect(world.appended[0]?.message).toEqual({
        id: expect.stringMatching(/^broadcast_/) as string,
        topic: 'news',
        sender: 'User1',
        payloadJson: '{"message": "Hi", "n": 1.0}',
        metadataJson: '{ "mood":"happy" }',
        at: 1_000,
      });
    });

    it('makes texts of values that came without', () => {
      const world = new World();
      void world.broadcast({ payload: null, metadata: { mood: 'happy' } });
      void world.broadcast();
      expect(world.appended[0]?.message).toMatchObject({ payloadJson: 'null', metadataJson: '{"mood":"happy"}' });
      expect(world.appended[1]?.message.metadataJson).toBeUndefined();
    });

    it.each([
      [undefined, undefined],
      [0, 0],
      [3_600, 3_600_000],
      [Number.MAX_SAFE_INTEGER, HISTORY_MS],
    ])('keeps a ttl of %p s for %p ms', (ttl, ttlMs) => {
      const world = new World();
      void world.broadcast({ metadata: { ttl } });
      expect(world.appended[0]?.keeping).toEqual({ ttlMs });
    });

    it('pushes what has a key after its commit, before anything else can happen', async () => {
      const world = new World();
      const answered = world.broadcast({ metadata: { idempotency_key: 'k' } });
      expect(world.happened).toEqual(['queued', 'placed']);

      world.commit({});
      setImmediate(() => world.happened.push('later'));
      await answered;
      await new Promise(setImmediate);
      expect(world.happened).toEqual(['queued', 'placed', 'pushed', 'later']);
      expect(world.appended[0]?.keeping).toEqual({ key: 'k' });
    });

    it('answers a repetition as the first time and pushes nothing', async () => {
      const world = new World();
      const first = world.broadcast({ metadata: { idempotency_key: 'k' } });
      world.commit({});
      await first;
      expect(world.noted).toEqual({ key: 'k', recipients: 42 });

      const again = world.broadcast({ metadata: { idempotency_key: 'k' } });
      world.commit({ messageId: 'broadcast_first', isNew: false, recipients: 7 });
      await expect(again).resolves.toEqual({ messageId: 'broadcast_first', recipients: 7 });
      expect(world.happened.filter((step) => step === 'pushed')).toHaveLength(1);
    });

    it('answers as the first time also a repetition that comes before the recipients are noted', async () => {
      const world = new World();
      const first = world.broadcast({ metadata: { idempotency_key: 'k' } });
      const again = world.broadcast({ metadata: { idempotency_key: 'k' } });
      world.commit({});
      world.commit({ messageId: world.appended[0]?.message.id, isNew: false });
      expect(await again).toEqual(await first);
      expect(world.happened.filter((step) => step === 'pushed')).toHaveLength(1);
    });

    it('answers 0 recipients to a repetition where nobody knows them', async () => {
      const world = new World();
      const again = world.broadcast({ metadata: { idempotency_key: 'k' } });
      world.commit({ messageId: 'broadcast_first', isNew: false });
      await expect(again).resolves.toEqual({ messageId: 'broadcast_first', recipients: 0 });
    });

    it('lets nothing overtake, on its topic, what is pushed after its commit', async () => {
      const world = new World();
      const answers = [
        world.broadcast({ payload: 1, metadata: { idempotency_key: 'k' } }),
        world.broadcast({ payload: 2 }),
        world.broadcast({ payload: 3, topic: 'other' }),
      ];
      expect(world.pushed).toEqual(['other 3']);

      world.commit({});
      await answers[0];
      answers.push(world.broadcast({ payload: 4 }));
      expect(world.pushed).toEqual(['other 3', 'news 1']);

      for (let commits = 0; commits < 3; commits += 1) world.commit({});
      await Promise.all(answers);
      expect(world.pushed).toEqual(['other 3', 'news 1', 'news 2', 'news 4']);
      void world.broadcast({ payload: 5 });
      expect(world.pushed).toContain('news 5');
    });

    it('pushes at once again after a commit that failed', async () => {
      const world = new World();
      const answered = world.broadcast({ metadata: { idempotency_key: 'k' } });
      world.fail(new UnavailableError('the database is away'));
      await expect(answered).rejects.toBeInstanceOf(UnavailableError);
      expect(world.pushed).toEqual([]);

      void world.broadcast({ payload: 2 });
      expect(world.pushed).toEqual(['news 2']);
    });
  });
});
