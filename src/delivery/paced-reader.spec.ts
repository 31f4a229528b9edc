import { PacedReader } from './paced-reader.js';

describe('PacedReader', () => {
  const asked: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const fake = {
    groupsOf: (userId: string) =>
      new Promise<never[]>((resolve, reject) => {
        asked.push(userId);
        ends.push({
          resolve: () => {
            resolve([]);
          },
          reject,
        });
      }),
  };
  let reader: PacedReader;

  beforeEach(() => {
    [asked.length, ends.length] = [0, 0];
    reader = new PacedReader(fake as never, 2);
  });

  const turn = () => new Promise(setImmediate);

  it('waits for so many answers at a time, and asks in the order in which it was asked', async () => {
    const answers = ['1', '2', '3', '4'].map((userId) => reader.groupsOf(userId));
    expect(asked).toEqual(['1', '2']);
    ends[1]?.resolve();
    await turn();
    expect(asked).toEqual(['1', '2', '3']);
    for (let nth = 0; nth < 4; nth++) {
      ends[nth]?.resolve();
      await turn();
    }
    expect(await Promise.all(answers)).toEqual([[], [], [], []]);
  });

  it('goes on after one that fails', async () => {
    const answers = ['1', '2', '3'].map((userId) => reader.groupsOf(userId));
    ends[0]?.reject(new Error('away'));
    await expect(answers[0]).rejects.toThrow('away');
    await turn();
    expect(asked).toEqual(['1', '2', '3']);
  });

  it('asks all of thousands, each once', async () => {
    const users = Array.from({ length: 5_000 }, (_, index) => String(index));
    const answers = Promise.all(users.map((userId) => reader.groupsOf(userId)));
    for (let done = 0; done < users.length; done++) {
      ends[done]?.resolve();
      await Promise.resolve();
      await turn();
    }
    await answers;
    expect(asked).toEqual(users);
  });
});
