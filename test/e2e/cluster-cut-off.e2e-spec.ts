import { busIsAway } from '../support/bus-away.js';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { queried } from '../support/queried.js';
import { eventually } from '../support/eventually.js';

clusterDescribe('two servers, one of them cut off from NATS', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start(2);
  });
  afterAll(() => cluster.stop());

  it('bring to the users of one what is committed on the other, within seconds, though they cannot hear each other', async () => {
    const [here, there] = [cluster.server(0), cluster.server(1)];
    const ann = await here.connect('Ann', { acks: true });
    const bob = await there.connect('Bob', { acks: true });
    const cid = await there.connectRealtime('Cid');
    await cid.subscribe('news');
    const dan = await here.connectRealtime('Dan');
    cluster.proxy(0).cut();
    await busIsAway(here.httpOrigin);
    const text = async () => (await bob.event('new')).payload?.message;
    for (const message of ['first', 'second', 'third']) {
      await ann.request('new', { chatId: 'Bob', message });
      expect(await text()).toBe(message);
    }
    await dan.broadcast('news', { is: 'kept' });
    expect((await cid.of('Broadcast')).data).toMatchObject({ payload: { is: 'kept' } });
    await busIsAway(here.httpOrigin);
    cluster.proxy(0).restore();
    await cluster.isWhole();
    const cutOff = () => queried(cluster.database, 'select server from cut_off_servers');
    await eventually(
      async () => ((await cutOff()).length === 0 ? true : undefined),
      'a database that says no more of it',
    );
  });
});
