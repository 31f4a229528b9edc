import { MAX_REMEMBERED, RememberedAnswers } from './remembered-answers.js';

describe('RememberedAnswers', () => {
  let answers: RememberedAnswers;
  let done: number;

  beforeEach(() => {
    answers = new RememberedAnswers();
    done = 0;
  });

  const work = async (): Promise<number> => ++done;

  describe('once', () => {
    it('does the work of each key once and answers the same again', async () => {
      expect(await answers.once('a', work)).toBe(1);
      expect(await answers.once('b', work)).toBe(2);
      expect(await answers.once('a', work)).toBe(1);
    });

    it('lets a repetition wait for the first', async () => {
      let finish: (answer: string) => void = () => undefined;
      const first = answers.once('a', () => new Promise<string>((resolve) => (finish = resolve)));
      const second = answers.once('a', async () => 'again');
      finish('first');
      expect(await Promise.all([first, second])).toEqual(['first', 'first']);
    });

    it('does not remember a failure', async () => {
      await expect(answers.once('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
      expect(await answers.once('a', work)).toBe(1);
    });

    it(`remembers the last ${MAX_REMEMBERED}`, async () => {
      for (let key = 0; key <= MAX_REMEMBERED; key += 1) await answers.once(`${key}`, work);
      expect(await answers.once('1', work)).toBe(2);
      expect(await answers.once('0', work)).toBe(MAX_REMEMBERED + 2);
    });

    it('tells long keys apart', async () => {
      const long = 'x'.repeat(100_000);
      expect(await answers.once(`${long}a`, work)).toBe(1);
      expect(await answers.once(`${long}b`, work)).toBe(2);
      expect(await answers.once(`${long}a`, work)).toBe(1);
    });
  });
});
