import { PasswordHashes } from './password-hashes.js';

const ignore = () => (): void => undefined;

describe('PasswordHashes', () => {
  const hashes = new PasswordHashes();

  it('makes Argon2id hashes, each with a salt of its own', async () => {
    const made = await Promise.all([hashes.make('secret'), hashes.make('secret')]);
    for (const hash of made) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(made[0]).not.toBe(made[1]);
  });

  describe('matches', () => {
    it('tells the password from others', async () => {
      const made = await hashes.make('secret');
      await expect(hashes.matches('secret', made, ignore)).resolves.toBe(true);
      await expect(hashes.matches('Secret', made, ignore)).resolves.toBe(false);
    });

    it('is never true without a hash', async () => {
      await expect(hashes.matches('secret', undefined, ignore)).resolves.toBe(false);
    });

    it('tells how it has ended', async () => {
      const made = await hashes.make('secret');
      const told: [string, boolean][] = [];
      for (const password of ['guess', 'secret']) {
        await hashes.matches(password, made, () => (matches) => told.push([password, matches]));
      }
      await hashes.matches('secret', undefined, () => (matches) => told.push(['nobody', matches]));
      expect(told).toEqual([
        ['guess', false],
        ['secret', true],
        ['nobody', false],
      ]);
    });

    it('compares nothing where its turn is refused', async () => {
      const refuse = (): never => {
        throw new Error('not now');
      };
      // Not a hash: comparing with it would fail in another way.
      await expect(hashes.matches('secret', 'no hash', refuse)).rejects.toThrow('not now');
    });

    it('gives its turn on when many come at once', async () => {
      const made = await hashes.make('secret');
      let [turns, underWay, most] = [0, 0, 0];
      const onTurn = (): (() => void) => {
        turns += 1;
        underWay += 1;
        most = Math.max(most, underWay);
        return () => (underWay -= 1);
      };
      const many = Array.from({ length: 10 }, () => hashes.matches('secret', made, onTurn));
      expect(new Set(await Promise.all(many))).toEqual(new Set([true]));
      expect([turns, underWay, most]).toEqual([10, 0, 2]);
    });
  });
});
