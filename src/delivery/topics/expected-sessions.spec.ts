import { LocalBus } from '../bus/local-bus.js';
import { topicSubject } from '../bus/subjects.js';
import { ExpectedSessions } from './expected-sessions.js';

describe('ExpectedSessions', () => {
  let bus: LocalBus;
  let now: number;
  let expected: ExpectedSessions;

  beforeEach(() => {
    bus = new LocalBus((error) => {
      throw error;
    });
    now = 1_000;
    expected = new ExpectedSessions(bus, { now: () => now });
  });

  const expectOne = (sessionId: number, ...patterns: readonly string[]): Promise<void> => {
    const subscriptions = patterns.map((pattern) => ({ pattern, since: 0 }));
    return expected.expect({ sessionId, name: 'desk', position: 0, subscriptions, gap: [], resumed: true });
  };
  const isHeard = (topic: string): boolean => bus.isInterestedIn([topicSubject(topic)]);

  it('hears what a session is subscribed to from before its connection opens until that listens by itself', async () => {
    await expectOne(1, 'news', 'games.*');
    expect([isHeard('news'), isHeard('games.chess'), isHeard('games')]).toEqual([true, true, false]);
    expected.arrived(1);
    expect([isHeard('news'), isHeard('games.chess')]).toEqual([false, false]);
  });

  it('waits until what is published comes in', async () => {
    let isReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    jest.spyOn(bus, 'subscribe').mockReturnValue({ ready, end: () => undefined });
    let hasResolved = false;
    const waiting = expectOne(1, 'news').then(() => (hasResolved = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasResolved).toBe(false);
    isReady();
    await waiting;
  });

  it('hears of a session that is opened again as if it were opened once', async () => {
    await expectOne(1, 'news');
    await expectOne(1, 'games');
    expect([isHeard('news'), isHeard('games')]).toEqual([false, true]);
    expected.arrived(1);
    expect(isHeard('games')).toBe(false);
  });

  it('gives up connections that have not opened in ten seconds', async () => {
    await expectOne(1, 'news');
    now += 10_000;
    await expectOne(2, 'games');
    expect(isHeard('news')).toBe(true);
    now += 1;
    await expectOne(3, 'chess');
    expect([isHeard('news'), isHeard('games')]).toEqual([false, true]);
  });

  it('ends with all that are expected', async () => {
    await expectOne(1, 'news');
    await expectOne(2, 'news');
    expected.end();
    expect(isHeard('news')).toBe(false);
  });
});
