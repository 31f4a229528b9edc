import { LabelledCounter } from '../../domain/metrics.js';
import { NatsInterruptions } from './nats-interruptions.js';

const TOGETHER_MS = 500;
const STATEMENT_MS = 2_000;

describe('NatsInterruptions', () => {
  let interruptions: NatsInterruptions;
  let counter: LabelledCounter;
  let tell: jest.Mock;

  beforeEach(() => {
    jest.useFakeTimers();
    counter = new LabelledCounter(['reason']);
    tell = jest.fn();
    interruptions = new NatsInterruptions({ togetherMs: TOGETHER_MS, statementTimeoutMs: STATEMENT_MS }, counter, tell);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  describe('add', () => {
    it('tells of the first at once, and of those behind it together', () => {
      interruptions.return();
      expect(tell).toHaveBeenCalledTimes(1);
      for (let peers = 0; peers < 3; peers++) interruptions.add('peer_away');
      jest.advanceTimersByTime(TOGETHER_MS - 1);
      expect(tell).toHaveBeenCalledTimes(1);
      jest.advanceTimersByTime(1);
      expect(tell).toHaveBeenCalledTimes(2);
      expect(counter.of('peer_away').value).toBe(3);
    });

    it('tells once of what is alone', () => {
      interruptions.add('piece');
      jest.advanceTimersByTime(2 * TOGETHER_MS);
      expect(tell).toHaveBeenCalledTimes(1);
      interruptions.add('piece');
      expect(tell).toHaveBeenCalledTimes(2);
    });

    it('tells of what goes on once for each such time', () => {
      for (let ms = 0; ms < 10 * TOGETHER_MS; ms += 50) {
        interruptions.add('piece');
        jest.advanceTimersByTime(50);
      }
      expect(tell).toHaveBeenCalledTimes(11);
    });
  });

  describe('addDeath', () => {
    it('tells again when nothing of the dead one’s can come any more', () => {
      interruptions.addDeath();
      jest.advanceTimersByTime(STATEMENT_MS - 1);
      expect(tell).toHaveBeenCalledTimes(1);
      jest.advanceTimersByTime(1);
      expect(tell).toHaveBeenCalledTimes(2);
    });
  });

  describe('return', () => {
    it('tells at once, however soon after another, and nothing is told while away', () => {
      interruptions.addDeath();
      interruptions.add('piece');
      interruptions.leave();
      jest.advanceTimersByTime(STATEMENT_MS);
      expect(tell).toHaveBeenCalledTimes(1);
      interruptions.return();
      expect(tell).toHaveBeenCalledTimes(2);
      jest.advanceTimersByTime(TOGETHER_MS);
      expect(tell).toHaveBeenCalledTimes(2);
    });
  });

  describe('stop', () => {
    it('tells nothing more', () => {
      interruptions.addDeath();
      interruptions.add('piece');
      interruptions.stop();
      jest.advanceTimersByTime(STATEMENT_MS);
      expect(tell).toHaveBeenCalledTimes(1);
    });
  });
});
