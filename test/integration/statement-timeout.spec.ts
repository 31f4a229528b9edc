import { onServer } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';

describe('STATEMENT_TIMEOUT_MS', () => {
  it('is how long a statement may wait, for a lock too, until its request is answered 503', async () => {
    const server = await TestServer.start({ STATEMENT_TIMEOUT_MS: '150' });
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const author = await server.connect(ann);
    await author.request('new', { chatId: ben, message: 'before' });
    await onServer(server.database.url, async (client) => {
      await client.query('begin; lock table messages');
      const begun = performance.now();
      expect(await author.ask('new', { chatId: ben, message: 'locked out' })).toMatchObject({ error: { code: 503 } });
      expect(performance.now() - begun).toBeGreaterThan(140);
      expect(performance.now() - begun).toBeLessThan(2_000);
    });
    await server.stop();
  });
});
