import { NatsPeers } from './nats-peers.js';
import type { Word } from './nats-words.js';

const BEACON_MS = 500;

/** One server hears what another says, as long as nothing of it is lost. */
function pair() {
  const [missed, returned] = [jest.fn(), jest.fn()];
  const none = { joined: jest.fn(), gone: jest.fn(), missed, returned, catchUp: () => Promise.resolve(true) };
  const here = new NatsPeers(BEACON_MS, { hasMissed: false, sayWord: () => true }, none);
  const way = { isLost: false, isUp: true };
  const sayWord = (_: string, word: Word): boolean => {
    if (way.isUp && !way.isLost) here.take(here.get('there'), word);
    return way.isUp;
  };
  const speech = { hasMissed: false, sayWord };
  const there = new NatsPeers(BEACON_MS, speech, none);
  return { there, speech, way, missed, returned };
}

describe('NatsPeers', () => {
  let of: ReturnType<typeof pair>;

  beforeEach(() => {
    jest.useFakeTimers();
    of = pair();
    of.there.start();
    of.there.arrive();
    jest.advanceTimersByTime(2 * BEACON_MS);
  });
  afterEach(() => {
    of.there.stop();
    jest.useRealTimers();
  });

  it('tells nothing of who says all its beacons, and of who could say none', () => {
    of.way.isUp = false;
    jest.advanceTimersByTime(BEACON_MS);
    of.way.isUp = true;
    of.there.arrive();
    jest.advanceTimersByTime(2 * BEACON_MS);
    expect(of.missed).not.toHaveBeenCalled();
  });

  it('tells once of beacons that are lost in a row', () => {
    of.way.isLost = true;
    jest.advanceTimersByTime(2 * BEACON_MS);
    of.way.isLost = false;
    jest.advanceTimersByTime(2 * BEACON_MS);
    expect(of.missed).toHaveBeenCalledTimes(1);
  });

  it('tells of a hello that is lost, though no beacon is', () => {
    of.way.isLost = true;
    of.there.arrive();
    of.way.isLost = false;
    jest.advanceTimersByTime(2 * BEACON_MS);
    expect(of.missed).toHaveBeenCalledTimes(1);
  });

  it('tells of what was missed until a hello has said so', () => {
    of.speech.hasMissed = true;
    of.way.isUp = false;
    of.there.greet();
    of.way.isUp = true;
    of.there.greet();
    of.there.greet();
    expect(of.returned).toHaveBeenCalledTimes(1);
  });
});
