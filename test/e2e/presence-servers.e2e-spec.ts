import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import { ProcessCluster } from '../support/process-cluster.js';
import type { RealtimeClient } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';

/** Short, so that a test sees it pass; longer than a reconnect takes. */
const GRACE_MS = 1_500;
const REALTIME = { protocols: ['realtime.v1'] };

clusterDescribe('presence over servers', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start(3, { PRESENCE_GRACE_MS: `${GRACE_MS}` });
  });

  afterAll(() => cluster.stop());

  /** Makes users contacts of each other without any of them having been there. */
  async function acquaint(...participants: readonly string[]): Promise<void> {
    const [maker] = freshUsers('Maker');
    await (await cluster.server(0).connect(maker)).request('createChat', { name: 'Lunch', participants });
  }

  const isAbout =
    (user: string) =>
    ({ userId }: Record<string, unknown>): boolean =>
      userId === user;
  const toldOf = (client: MessagingClient, user: string): unknown[] =>
    client
      .events('online', 'offline')
      .filter(({ payload }) => payload?.userId === user)
      .map(({ eventType }) => eventType);
  const shownOf = (client: RealtimeClient, user: string): unknown[] =>
    client
      .all('Presence')
      .filter(({ data }) => data.user_id === user)
      .map(({ data }) => data.status);
  const presence = (client: RealtimeClient, user: string, status: string): Promise<unknown> =>
    client.of('Presence', (data) => data.user_id === user && data.status === status);

  it('is told once of each coming and going, in each dialect, on servers other than the user’s', async () => {
    const [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
    await acquaint(ann, ben, cid);
    const messaging = await cluster.server(1).connect(ben);
    const realtime = await cluster.server(2).connectRealtime(cid, REALTIME);
    const concord = await cluster.server(2).connectConcord(ben);
    const first = await cluster.server(0).connect(ann);
    await Promise.all([messaging.event('online', isAbout(ann)), presence(realtime, ann, 'online')]);
    const { id } = (await cluster.server(1).rest(ann).get('/self')).body;
    const status = (word: string): Promise<unknown> =>
      concord.of('user_status_updated', (frame) => frame.userId === id && frame.status === word);
    await status('ONLINE');
    const second = await cluster.server(1).connect(ann, { query: { device: 'phone' } });
    await first.close();
    await second.request('chats', {});
    second.tell('offline');
    await Promise.all([
      messaging.event('offline', isAbout(ann)),
      presence(realtime, ann, 'offline'),
      status('OFFLINE'),
    ]);

    expect(toldOf(messaging, ann)).toEqual(['online', 'offline']);
    expect(shownOf(realtime, ann)).toEqual(['online', 'offline']);
  });

  it('is told to a new connection of contacts on other servers', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await cluster.server(2).connect(ben);
    await cluster.server(0).connect(ann);
    await there.event('online', isAbout(ann));
    const late = await cluster.server(1).connect(ben, { query: { device: 'late' } });
    await late.event('online', isAbout(ann));
  });

  it('shows nothing of a move from one server to another', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const watcher = await cluster.server(2).connect(ben);
    const before = await cluster.server(0).connect(ann);
    await watcher.event('online', isAbout(ann));
    await before.vanish();
    const after = await cluster.server(1).connect(ann);
    await after.request('chats', {});
    // What would come, had it counted as gone, comes before this.
    const passed = Date.now() + 2 * GRACE_MS;
    await eventually(() => (Date.now() > passed ? true : undefined), 'the end of the grace period');
    after.tell('offline');
    await watcher.event('offline', isAbout(ann));

    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('is asked of any server: how a user is, what it says of itself, and in the profile', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    await acquaint(ann, ben);
    const there = await cluster.server(1).connectRealtime(ben, REALTIME);
    const here = await cluster.server(0).connectRealtime(ann, REALTIME);
    await presence(there, ann, 'online');
    here.send({ type: 'Presence', data: { user_id: ann, status: 'busy', metadata: { until: 3 } } });
    await presence(there, ann, 'busy');

    there.send({ type: 'PresenceQuery', data: { users: [ann] } });
    const { data } = await there.of('Presence', (answer) => 'users' in answer);
    expect(data.users).toMatchObject([{ user_id: ann, status: 'busy', metadata: { until: 3 } }]);
    const asking = await cluster.server(1).connect(ben);
    const { items } = await asking.request<{ items: unknown[] }>('presence', { userIds: [ann] });
    expect(items).toEqual([{ userId: ann, status: 'online' }]);
    const { id } = (await cluster.server(0).rest(ann).get('/self')).body;
    const { body } = await cluster
      .server(1)
      .rest(ben)
      .get(`/users/${String(id)}`);
    expect(body).toMatchObject({ username: ann, status: { onlineStatus: 'DO_NOT_DISTURB' } });
  });

  it('goes on while a server is cut off from the others, and is made up for afterwards', async () => {
    const [ann, ben, cid] = freshUsers('Ann', 'Ben', 'Cid');
    await acquaint(ann, ben, cid);
    const watcher = await cluster.server(2).connect(ben);
    const client = await cluster.server(0).connect(ann);
    await watcher.event('online', isAbout(ann));
    cluster.proxy(2).cut();
    client.tell('offline');
    const local = await cluster.server(2).connect(cid);
    await watcher.event('online', isAbout(cid));
    expect(toldOf(watcher, ann)).toEqual(['online']);
    cluster.proxy(2).restore();
    await watcher.event('offline', isAbout(ann));

    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
    await local.close();
  });
});

clusterDescribe('presence when a server ends', () => {
  /** More than four beacons, for which the others wait before they miss it. */
  const LONGER_GRACE_MS = 2_000;
  let cluster: ProcessCluster;

  beforeEach(async () => {
    cluster = await ProcessCluster.start(2, {
      PRESENCE_GRACE_MS: `${LONGER_GRACE_MS}`,
      DRAIN_DELAY_S: '0',
      DRAIN_S: '2',
    });
  });

  afterEach(() => cluster.stop());

  const connect = (index: number, userId: string): Promise<MessagingClient> =>
    MessagingClient.connect(cluster.server(index).origin, signToken({ sub: userId }));
  const toldOf = (client: MessagingClient, user: string): unknown[] =>
    client
      .events('online', 'offline')
      .filter(({ payload }) => payload?.userId === user)
      .map(({ eventType }) => eventType);

  /** Ben looks on from the server that stays, where he has heard that Ann is online on the other one. */
  async function together(): Promise<{ ann: string; here: MessagingClient; watcher: MessagingClient }> {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const watcher = await connect(1, ben);
    await watcher.request('createChat', { name: 'Lunch', participants: [ann] });
    const here = await connect(0, ann);
    await watcher.event('online', ({ userId }) => userId === ann);
    return { ann, here, watcher };
  }

  async function passes(ms: number): Promise<void> {
    const passed = Date.now() + ms;
    await eventually(() => (Date.now() > passed ? true : undefined), `${ms} ms`);
  }

  it('shows offline once, within the grace and a second, who was on one that is killed', async () => {
    const { ann, watcher } = await together();
    const killedAt = Date.now();
    await cluster.server(0).kill();
    await watcher.event('offline', ({ userId }) => userId === ann);
    expect(Date.now() - killedAt).toBeLessThan(LONGER_GRACE_MS + 1_000);
    await passes(LONGER_GRACE_MS);
    expect(toldOf(watcher, ann)).toEqual(['online', 'offline']);
  });

  it('shows nothing of who moves away from one that is told to end', async () => {
    const { ann, here, watcher } = await together();
    const ended = cluster.server(0).terminate();
    await here.event('reconnect');
    await here.close();
    const there = await connect(1, ann);
    expect(await ended).toBe(0);
    await passes(2 * LONGER_GRACE_MS);
    expect(toldOf(watcher, ann)).toEqual(['online']);
    await there.close();
  });
});
