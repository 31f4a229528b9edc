import type { ToldTopics } from '../bus/bus.js';
import { PushedMessages } from './pushed-messages.js';
import { type SequencedTopics, TopicSequence } from './topic-sequence.js';

/** Messages are named by their numbers. */
function told(first: number, last = first): ToldTopics {
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return { messages: numbers.map((number) => ({ id: `${number}`, topic: 'news' })), newest: last, failed: [] };
}

function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('TopicSequence', () => {
  let pushed: PushedMessages;
  let missing: Set<string>;
  let repairs: number[];
  let isAway: boolean;
  let doubts: number;
  let allDoubts: number;
  let committed: string[];
  let sequence: TopicSequence;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
    pushed = new PushedMessages({ now: () => 1_000 });
    missing = new Set();
    repairs = [];
    isAway = false;
    doubts = 0;
    allDoubts = 0;
    committed = [];
    const topics: SequencedTopics = {
      isHere: ({ id }) => !missing.has(id),
      settled: () => undefined,
      repair: async (upTo) => {
        if (isAway) throw new Error('away');
        repairs.push(upTo);
        pushed.committedUpTo(upTo);
      },
      doubt: () => (doubts += 1),
      doubtAll: () => (allDoubts += 1),
      committed: (id) => committed.push(id),
      dropped: () => undefined,
      failed: () => undefined,
    };
    sequence = new TopicSequence(pushed, topics);
  });
  afterEach(async () => {
    await sequence.close();
    jest.useRealTimers();
  });

  const push = (...ids: readonly string[]): void => {
    for (const id of ids) pushed.add({ id, topic: 'news', sender: 'Ann', payloadJson: '1', at: 1 });
  };

  describe('take', () => {
    it('goes on with each commit that follows, and settles what was pushed', () => {
      push('1', '2', '3');
      sequence.take(told(1));
      sequence.take(told(2, 3));
      expect([pushed.newest, pushed.openIds().size]).toEqual([3, 0]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('waits for a commit that is told late', () => {
      push('1', '2', '3');
      sequence.take(told(2, 3));
      expect([pushed.newest, pushed.openIds().size, committed]).toEqual([0, 3, []]);
      sequence.take(told(1));
      expect([pushed.newest, pushed.openIds().size, committed]).toEqual([3, 0, ['1', '2', '3']]);
      jest.advanceTimersByTime(100);
      expect(repairs).toEqual([]);
    });

    it('asks history for one that is not told at all', async () => {
      push('3');
      sequence.take(told(3));
      jest.advanceTimersByTime(9);
      await turns();
      expect(repairs).toEqual([]);
      jest.advanceTimersByTime(1);
      await turns();
      await turns();
      expect([repairs, pushed.newest, pushed.openIds().size, doubts]).toEqual([[3], 3, 0, 0]);
    });

    it('asks at once for what is wanted and was never pushed here', async () => {
      missing.add('1');
      sequence.take(told(1));
      await turns();
      await turns();
      expect([repairs, pushed.newest, doubts > 0]).toEqual([[1], 1, true]);
    });

    it('asks at once for such a one too that is told before its time', async () => {
      missing.add('3');
      sequence.take(told(3));
      expect(doubts).toBe(1);
      await turns();
      await turns();
      expect([repairs, pushed.newest]).toEqual([[3], 3]);
    });

    it('lets nothing overtake what a repetition shows to be committed', () => {
      push('1');
      sequence.take(told(1));
      sequence.take({ messages: [], newest: 1, failed: [] });
      sequence.take({ messages: [], newest: 2, failed: ['x'] });
      expect(allDoubts).toBe(0);
      sequence.take({ messages: [], newest: 2, failed: [] });
      expect([allDoubts, doubts]).toEqual([1, 0]);
    });

    it('settles what is told again, or late', async () => {
      sequence.heard(2);
      jest.advanceTimersByTime(10);
      await turns();
      await turns();
      push('2');
      sequence.take(told(2));
      expect([repairs, pushed.newest, pushed.openIds().size]).toEqual([[2], 2, 0]);
    });

    it('forgets what could not be kept', () => {
      push('1', 'x');
      sequence.take({ messages: [], newest: 0, failed: ['x'] });
      expect([...pushed.openIds()]).toEqual(['1']);
    });

    it('tries again while the database is away', async () => {
      isAway = true;
      missing.add('1');
      sequence.take(told(1));
      await turns();
      expect(pushed.newest).toBe(0);
      isAway = false;
      jest.advanceTimersByTime(200);
      await turns();
      expect(pushed.newest).toBe(1);
    });
  });

  describe('reached', () => {
    it('resolves once all up to the number was pushed here', async () => {
      let isReached = false;
      const waiting = sequence.reached(2).then(() => (isReached = true));
      sequence.take(told(1));
      await turns();
      expect(isReached).toBe(false);
      sequence.take(told(2));
      await waiting;
    });

    it('does not wait for a number that nobody tells of', async () => {
      const waiting = sequence.reached(7);
      jest.advanceTimersByTime(10);
      await waiting;
      expect(repairs).toEqual([7]);
    });
  });
});
