import { register, signIn } from '../support/accounts.js';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import type { MessagingClient } from '../support/messaging-client.js';

const RATE = 50;
const BURST = 2 * RATE;

clusterDescribe('limits over two servers', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start(2, { RATE_LIMIT_FRAMES: String(RATE), REGISTRATION: 'open' });
  });
  afterAll(() => cluster.stop());

  /** @returns how many passed */
  const burst = async (client: MessagingClient, frames: number): Promise<number> => {
    const answers = await Promise.all(
      Array.from({ length: frames }, () => client.ask('presence', { userIds: ['Nobody'] })),
    );
    return answers.filter(({ error }) => error === undefined).length;
  };

  it('let a user send no more because it is on both', async () => {
    const [ann] = freshUsers('Ann');
    const clients = await Promise.all([0, 1].map((index) => cluster.server(index).connect(ann)));
    const from = Date.now();
    let passed = 0;
    let seconds = 0;
    while (seconds < 3) {
      const counts = await Promise.all(clients.map((client) => burst(client, 20)));
      passed += counts.reduce((all, count) => all + count, 0);
      seconds = (Date.now() - from) / 1_000;
    }
    const allowed = BURST + RATE * seconds;
    // What is sent before the other server has told is owed: a message takes a moment, and a tenth of a second's frames are told together.
    expect(passed).toBeLessThanOrEqual(allowed + 0.5 * RATE);
    expect(passed).toBeGreaterThan(0.8 * allowed);
  });

  it('leave other users alone', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await cluster.server(0).connect(ann), await cluster.server(1).connect(ben)];
    expect(await burst(anns, BURST)).toBeGreaterThanOrEqual(BURST);
    expect(await burst(bens, BURST)).toBeGreaterThanOrEqual(BURST);
  });

  it('count failures to sign in on both', async () => {
    const [ann] = freshUsers('Ann');
    await register(cluster.server(0), ann);
    const attempt = async (index: number, password: string): Promise<number> => {
      const { status } = await cluster.server(index).rest().post('/tokens', { username: ann, password });
      return status;
    };
    for (let failures = 0; failures < 10; failures += 1) expect(await attempt(failures % 2, 'wrong')).toBe(400);
    await eventually(async () => ((await attempt(0, 'wrong')) === 429 ? true : undefined), 'the limit on the first');
    await eventually(async () => ((await attempt(1, 'wrong')) === 429 ? true : undefined), 'the limit on the second');
  });

  it('do not count who signs in as it should', async () => {
    const [ann] = freshUsers('Ann');
    await register(cluster.server(0), ann);
    for (let times = 0; times < 12; times += 1) await signIn(cluster.server(times % 2), ann);
  });
});
