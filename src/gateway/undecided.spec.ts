import { Undecided, UNSETTLED_MS } from './undecided.js';

describe('Undecided', () => {
  let undecided: Undecided;
  let settled: string[];

  beforeEach(() => {
    undecided = new Undecided();
    settled = [];
  });

  function add(name: string, now: number) {
    const connection = { settle: () => settled.push(name) };
    undecided.add(connection, now);
    return connection;
  }

  describe('settleOverdue', () => {
    it('settles who has waited for a second, once', () => {
      add('first', 0);
      add('second', 100);
      undecided.settleOverdue(UNSETTLED_MS - 1);
      expect(settled).toEqual([]);
      undecided.settleOverdue(UNSETTLED_MS);
      expect(settled).toEqual(['first']);
      undecided.settleOverdue(UNSETTLED_MS + 100);
      expect(settled).toEqual(['first', 'second']);
    });

    it('settles nobody who has gone or decided', () => {
      undecided.remove(add('first', 0));
      undecided.settleOverdue(UNSETTLED_MS);
      expect(settled).toEqual([]);
    });

    it('lets nobody wait for a clock that was set back', () => {
      add('first', 5_000);
      undecided.settleOverdue(4_000);
      expect(settled).toEqual(['first']);
    });
  });
});
