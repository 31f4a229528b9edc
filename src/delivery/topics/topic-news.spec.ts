import { DomainEvents } from '../../domain/domain-events.js';
import type { BusMessage, BusWatcher, ToldTopics } from '../bus/bus.js';
import { LocalBus } from '../bus/local-bus.js';
import { TopicNews } from './topic-news.js';

function rethrow(error: unknown): void {
  throw error;
}

/** May be away, and keeps what goes over it. */
class WatchedBus extends LocalBus {
  override readonly isLossless = false;
  override isConnected = true;
  readonly said: BusMessage[] = [];
  watcher?: BusWatcher;

  override publish(subjects: readonly string[], message: BusMessage): void {
    this.said.push(message);
    super.publish(subjects, message);
  }

  override watch(watcher?: BusWatcher): () => void {
    this.watcher = watcher;
    return () => (this.watcher = undefined);
  }
}

describe('TopicNews', () => {
  const events = new DomainEvents(rethrow);
  let bus: WatchedBus;
  let news: TopicNews;
  let newest: number;
  let isAway: boolean;
  let taken: ToldTopics[];
  let heard: number[];
  let doubts: number;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    bus = new WatchedBus(rethrow);
    [newest, isAway, taken, heard, doubts] = [7, false, [], [], 0];
    news = new TopicNews(bus, {
      events,
      log: {
        newest: async () => {
          if (isAway) throw new Error('away');
          return newest;
        },
      },
      sequence: {
        take: (told) => taken.push(told),
        heard: (number) => heard.push(number),
      },
      heldBack: { doubt: () => (doubts += 1) },
    });
    news.start();
  });
  afterEach(() => {
    news.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const message = { id: '1', topic: 'news', sender: 'Ann', payloadJson: '{"large":1}', at: 1 };

  it('tells what was committed and what could not be, without the contents', () => {
    events.emit('topicsCommitted', { messages: [message], newest: 8, failed: [{ ...message, id: 'x' }] });
    expect(taken).toEqual([{ messages: [{ id: '1', topic: 'news' }], newest: 8, failed: ['x'] }]);
  });

  it('tells the newest number again some time after commits', () => {
    for (const number of [8, 9]) events.emit('topicsCommitted', { messages: [message], newest: number, failed: [] });
    jest.advanceTimersByTime(2_000);
    const beacons = bus.said.filter(({ kind }) => kind === 'topicsNewest');
    expect(beacons).toEqual([{ kind: 'topicsNewest', newest: 9 }]);
    jest.advanceTimersByTime(10_000);
    expect(bus.said.filter(({ kind }) => kind === 'topicsNewest')).toHaveLength(1);
  });

  it('looks at what others have committed, round after round, while they cannot be heard', async () => {
    await jest.advanceTimersByTimeAsync(0);
    heard = [];
    bus.isConnected = false;
    bus.watcher?.away?.();
    await jest.advanceTimersByTimeAsync(0);
    newest = 9;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual([7, 9]);
    bus.isConnected = true;
    bus.watcher?.interrupted?.();
    await jest.advanceTimersByTimeAsync(0);
    expect([heard, doubts]).toEqual([[7, 9, 9], 2]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(heard).toHaveLength(3);
  });

  it('looks round after round while another server is cut off', async () => {
    await jest.advanceTimersByTimeAsync(0);
    heard = [];
    events.emit('othersCutOff', true);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(heard).toEqual([7, 7, 7]);
    events.emit('othersCutOff', false);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(heard).toHaveLength(4);
  });

  it('tries again where the database is away too', async () => {
    await jest.advanceTimersByTimeAsync(0);
    heard = [];
    isAway = true;
    bus.watcher?.interrupted?.();
    await jest.advanceTimersByTimeAsync(0);
    expect([heard, doubts]).toEqual([[], 1]);
    isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual([7]);
  });
});
