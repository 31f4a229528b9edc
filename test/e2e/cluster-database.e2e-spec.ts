import { clusterDescribe } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { MessagingClient } from '../support/messaging-client.js';
import type { ProcessCluster } from '../support/process-cluster.js';
import { terminateSessions } from '../support/sessions.js';
import { signToken } from '../support/tokens.js';
import { UnderTraffic } from '../support/traffic/under-traffic.js';

clusterDescribe('three servers whose PostgreSQL is away for a while', () => {
  let stage: UnderTraffic;

  beforeEach(async () => {
    stage = await UnderTraffic.start({ STATEMENT_TIMEOUT_MS: '1000', READY_TIMEOUT_MS: '500' });
  });

  afterEach(() => stage.stop());

  /** Somebody on each server is refused what has to be written, and may stay. */
  const refused = async (cluster: ProcessCluster, happen: () => void): Promise<MessagingClient[]> => {
    const [ann] = freshUsers('Ann');
    const connect = ({ origin }: { readonly origin: string }): Promise<MessagingClient> =>
      MessagingClient.connect(origin, signToken({ sub: ann }));
    const clients = await Promise.all(cluster.servers.map(connect));
    happen();
    const answers = await Promise.all(clients.map((client) => client.ask('new', { chatId: ann, message: 'lost?' })));
    expect(answers.map(({ error }) => error?.code)).toEqual([503, 503, 503]);
    for (const { httpOrigin } of cluster.servers) await isUnready(httpOrigin);
    return clients;
  };

  it.each(['stall', 'cut'] as const)(
    '(%s) answer 503, keep connections, and lose and double nothing',
    async (fault) => {
      const { cluster, traffic } = stage;
      await traffic.flows();
      const clients = await refused(cluster, () => {
        for (const { toDatabase } of cluster.servers) toDatabase[fault]();
      });
      for (const { toDatabase } of cluster.servers) toDatabase.restore();
      await traffic.flows();
      for (const { socket } of clients) {
        expect(socket.readyState).toBe(socket.OPEN);
        socket.terminate();
      }
      await terminateSessions(cluster.database.url);
      await traffic.flows();
      const { complaints, ...figures } = await traffic.settle();
      console.info(`PostgreSQL away (${fault}), then restarted, three servers:`, figures);
      expect(complaints).toEqual([]);
      expect(figures.away.count).toBe(0);
    },
    60_000,
  );
});

async function isUnready(httpOrigin: string): Promise<void> {
  const look = async (): Promise<true | undefined> => {
    const { status } = await fetch(`${httpOrigin}/health/ready`);
    return status === 503 || undefined;
  };
  await eventually(look, 'a server that is not ready');
}
