import { NewestNumber } from './newest-number.js';

describe('NewestNumber', () => {
  let readings: { readonly resolve: (number: number) => void; readonly reject: (error: Error) => void }[];
  let newest: NewestNumber;

  beforeEach(() => {
    readings = [];
    newest = new NewestNumber({
      newest: () => new Promise((resolve, reject) => readings.push({ resolve, reject })),
    });
  });

  describe('read', () => {
    it('begins another reading for those who ask while one is under way, and one for all of them', async () => {
      const first = newest.read();
      const others = [newest.read(), newest.read()];
      expect(readings).toHaveLength(1);
      readings[0]?.resolve(1);
      expect(await first).toBe(1);
      expect(readings).toHaveLength(2);
      readings[1]?.resolve(2);
      expect(await Promise.all(others)).toEqual([2, 2]);
    });

    it('reads anew once none is under way', async () => {
      const first = newest.read();
      readings[0]?.resolve(1);
      await first;
      const second = newest.read();
      readings[1]?.resolve(2);
      expect(await second).toBe(2);
    });

    it('lets those who asked later not suffer for one that has failed', async () => {
      const first = newest.read();
      const second = newest.read();
      readings[0]?.reject(new Error('away'));
      await expect(first).rejects.toThrow('away');
      readings[1]?.resolve(2);
      expect(await second).toBe(2);
    });
  });
});
