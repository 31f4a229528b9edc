import { NatsReach } from './nats-reach.js';

/** Who has not answered each probe, in turn; then everybody has. */
function reachOf(answers: readonly string[][]) {
  const late = jest.fn();
  const left = answers.map((missing) => new Set(missing));
  const probe = jest.fn((_: number) => Promise.resolve(left.shift() ?? new Set<string>()));
  const servers = new Set(['Ann', 'Bob']);
  return { reach: new NatsReach({ soonMs: 50, lateMs: 500 }, { servers, probe, late }), probe, late, servers };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('NatsReach', () => {
  describe('all', () => {
    it('asks once where all answer', async () => {
      const { reach, probe, late } = reachOf([]);
      await reach.all();
      await settled();
      expect(probe.mock.calls).toEqual([[50]]);
      expect(late).not.toHaveBeenCalled();
    });

    it('makes nothing of who answers a little later', async () => {
      const { reach, probe, late } = reachOf([['Ann']]);
      await reach.all();
      await settled();
      expect(probe.mock.calls).toEqual([[50], [500]]);
      expect(late).not.toHaveBeenCalled();
    });

    it('tells once of who answers much later, and waits longer and longer for it', async () => {
      const { reach, probe, late } = reachOf([['Ann'], ['Ann'], ['Ann', 'Bob']]);
      await reach.all();
      await settled();
      expect(probe.mock.calls).toEqual([[50], [500], [1_000], [2_000]]);
      expect(late).toHaveBeenCalledTimes(1);
    });

    it('tells nothing of who has died meanwhile', async () => {
      const { reach, late, servers } = reachOf([['Ann'], ['Ann']]);
      await reach.all();
      servers.delete('Ann');
      await settled();
      expect(late).not.toHaveBeenCalled();
    });

    it('asks again behind what was subscribed since', async () => {
      const { reach, probe } = reachOf([['Ann'], ['Ann']]);
      await Promise.all([reach.all(), reach.all()]);
      await settled();
      expect(probe.mock.calls).toEqual([[50], [50], [500], [500]]);
    });
  });
});
