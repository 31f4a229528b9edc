import type { ShownChannel } from '../../src/domain/shown-channel.js';
import { clusterDescribe, TestCluster } from '../support/cluster.js';
import { ADMIN, freshChannelName } from '../support/fresh-channel.js';

const ROUNDS = 20;

clusterDescribe('a channel over two servers', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start(2);
  });
  afterAll(() => cluster.stop());

  it('is known to the other one when the request that makes, renames or deletes it is answered', async () => {
    const [here, there] = [0, 1].map((index) => cluster.server(index).rest('Admin', ADMIN));
    if (!here || !there) throw new Error('there are two');
    for (let round = 0; round < ROUNDS; round += 1) {
      const { body: channel } = await here.post<ShownChannel>('/channels', { name: freshChannelName() });
      const path = `/channels/${channel.id}`;
      expect(await there.post(`${path}/chats`, { content: 'first' })).toMatchObject({ status: 201 });
      const name = freshChannelName();
      expect(await here.patch(path, { name })).toMatchObject({ status: 200 });
      expect(await there.get(path)).toMatchObject({ status: 200, body: { name } });
      expect(await here.delete(path)).toMatchObject({ status: 204 });
      expect(await there.get(path)).toMatchObject({ status: 404 });
    }
  });
});
