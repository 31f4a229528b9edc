import { PositionPings } from './position-pings.js';

/** A second has that many calls. */
const CALLS_PER_SECOND = 4;

describe('PositionPings', () => {
  let pings: PositionPings;
  let sent: number[];

  beforeEach(() => {
    pings = new PositionPings();
    sent = [];
  });

  function add(name: number) {
    const ping = { send: () => sent.push(name) };
    pings.add(ping);
    return ping;
  }

  describe('sendDue', () => {
    it('sends the wanted ones, each once', () => {
      const first = add(1);
      pings.add(first);
      add(2);
      pings.sendDue();
      pings.sendDue();
      expect(sent).toEqual([1, 2]);
    });

    it('sends none that is wanted no longer', () => {
      pings.remove(add(1));
      pings.sendDue();
      expect(sent).toEqual([]);
    });

    it('sends those of a large crowd by parts, in the order in which they were wanted', () => {
      for (let name = 0; name < 9_000; name += 1) add(name);
      pings.sendDue();
      expect(sent).toHaveLength(3_000);
      pings.sendDue();
      pings.sendDue();
      expect(sent).toEqual(Array.from({ length: 9_000 }, (_, name) => name));
    });

    it('sends each within a second, however many come', () => {
      let name = 0;
      const wantedAt = new Map<number, number>();
      for (let call = 1; call < 40; call += 1) {
        const newcomers = (call * 7_919) % 5_000;
        for (let count = 0; count < newcomers; count += 1, name += 1) {
          add(name);
          wantedAt.set(name, call);
        }
        pings.sendDue();
        for (const one of sent.splice(0)) {
          // What is wanted just after a call waits for a whole interval before the next.
          expect(call - (wantedAt.get(one) ?? 0) + 1).toBeLessThan(CALLS_PER_SECOND);
          wantedAt.delete(one);
        }
      }
      expect(Math.min(...wantedAt.values())).toBeGreaterThan(37);
    });
  });
});
