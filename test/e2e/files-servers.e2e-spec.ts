import { Client } from 'pg';
import { binaryFrame, binaryFrom, KINDS, received, routedPayload } from '../support/binary-frames.js';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { signToken } from '../support/tokens.js';

const REALTIME = { protocols: ['realtime.v1'] };

/** Connections whose last statement was one. */
const LOOKS = `
  select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and (query like '%from file_readers r%' or query like '%created_at > $2%')`;

clusterDescribe('a file for a topic, where servers share their files', () => {
  let cluster: TestCluster;
  let database: Client;
  let locking: Client;

  beforeAll(async () => {
    cluster = await TestCluster.start(2);
    [database, locking] = [cluster.database, cluster.database].map(
      ({ url }) => new Client({ connectionString: url }),
    ) as [Client, Client];
    await Promise.all([database.connect(), locking.connect()]);
  });
  afterAll(async () => {
    await Promise.all([database.end(), locking.end()]);
    await cluster.stop();
  });

  /** What a reader of the second server is answered. */
  async function read(user: string, url: string): Promise<readonly [number, string]> {
    const headers = { authorization: `Bearer ${signToken({ sub: user })}` };
    const response = await fetch(`${cluster.server(1).httpOrigin}${url}`, { headers });
    return [response.status, await response.text()];
  }

  /** Resolves when the commit waits. */
  const areHeldUp = (): Promise<true> =>
    eventually(async () => {
      const { rows } = await database.query(`select from pg_locks where not granted and mode = 'RowExclusiveLock'`);
      return rows.length > 0 ? true : undefined;
    }, 'a statement that waits');

  /** Resolves when the other server has looked for a reader. */
  const areLookedFor = (): Promise<true> =>
    eventually(async () => {
      const { rows } = await database.query(LOOKS);
      return rows.length > 0 ? true : undefined;
    }, 'a look for a reader');

  it('is read on another server by who got it there, before it is committed who may', async () => {
    const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
    const here = await cluster.server(0).connectRealtime(ann, REALTIME);
    const there = await cluster.server(1).connectRealtime(ben, REALTIME);
    await there.subscribe('files.shared');
    await locking.query('begin; lock table file_readers in exclusive mode');
    here.send(binaryFrame(KINDS.file_transfer, routedPayload({ topic: 'files.shared', filename: 'a.txt' }, 'hello')));
    const { line } = await binaryFrom(there);
    const url = String(line.url);
    await areHeldUp();
    // Who may not read it is refused all the same, but only once it would be known.
    const [bens, cats] = [read(ben, url), read(cat, url)];
    await areLookedFor();
    await locking.query('commit');
    expect(await bens).toEqual([200, 'hello']);
    expect((await cats)[0]).toBe(404);
    expect((await received(here)).recipients).toBe(1);
  });
});
