import { UnavailableError } from '../../domain/errors.js';
import { Turns } from './turns.js';

/** Work that ends when it is told to. */
class Work {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();

  begin(name: string): Promise<string> {
    this.begun.push(name);
    return new Promise((resolve, reject) => {
      this.ends.set(name, (error) => {
        if (error) reject(error);
        else resolve(name);
      });
    });
  }

  end(name: string, error?: Error): void {
    this.ends.get(name)?.(error);
  }
}

describe('Turns', () => {
  describe('take', () => {
    it('does so much at once, and the rest in order', async () => {
      const [turns, work] = [new Turns(2, 10), new Work()];
      const done = ['a', 'b', 'c', 'd'].map((name) => turns.take(() => work.begin(name)));
      await Promise.resolve();
      expect(work.begun).toEqual(['a', 'b']);

      work.end('b');
      await done[1];
      await Promise.resolve();
      expect(work.begun).toEqual(['a', 'b', 'c']);
      for (const name of ['a', 'c']) work.end(name);
      await Promise.all([done[0], done[2]]);
      work.end('d');
      await expect(Promise.all(done)).resolves.toEqual(['a', 'b', 'c', 'd']);
    });

    it('goes on after what has failed', async () => {
      const [turns, work] = [new Turns(1, 10), new Work()];
      const [failing, next] = ['a', 'b'].map((name) => turns.take(() => work.begin(name)));
      await Promise.resolve();
      work.end('a', new Error('no'));
      await expect(failing).rejects.toThrow('no');
      work.end('b');
      await expect(next).resolves.toBe('b');
    });

    it('refuses what would wait behind too many', async () => {
      const [turns, work] = [new Turns(1, 1), new Work()];
      const [first, second] = ['a', 'b'].map((name) => turns.take(() => work.begin(name)));
      await expect(turns.take(() => work.begin('c'))).rejects.toThrow(UnavailableError);

      work.end('a');
      await first;
      await Promise.resolve();
      work.end('b');
      await second;
      expect(work.begun).toEqual(['a', 'b']);
    });
  });
});
