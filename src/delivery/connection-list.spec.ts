import { DeliveryHarness } from '../../test/support/delivery/delivery-harness.js';
import { FakeDialect } from '../../test/support/delivery/fake-dialect.js';
import { FakeOutlet } from '../../test/support/delivery/fake-outlet.js';
import { LocalBus } from './bus/local-bus.js';
import { ConnectionList } from './connection-list.js';

describe('ConnectionList', () => {
  let delivery: DeliveryHarness;
  let directory: ConnectionList;
  let bus: LocalBus;

  beforeEach(() => {
    bus = new LocalBus((error) => {
      throw error;
    });
    delivery = new DeliveryHarness({}, bus);
    directory = new ConnectionList(bus, delivery.hub, 'here', delivery.events, delivery.clock);
    directory.onModuleInit();
  });
  afterEach(() => {
    directory.onApplicationShutdown();
    delivery.close();
  });

  function join(userId: string, dialect = new FakeDialect(), device = ''): FakeOutlet {
    const outlet = new FakeOutlet(userId, device);
    delivery.hub.join(outlet, dialect);
    return outlet;
  }

  const idsOf = (outlets: readonly FakeOutlet[]) => outlets.map(({ connectionId }) => connectionId).sort();

  it('lists connections by what is asked of them', async () => {
    const ann = join('Ann', new FakeDialect(), 'phone');
    ann.bufferedBytes = 12;
    const bob = join('Bob', new FakeDialect('realtime'));
    const ids = async (query: object) => (await directory.list({ limit: 50, ...query })).map(({ id }) => id);
    expect(await directory.list({ user: 'Ann', limit: 50 })).toEqual([
      {
        id: ann.connectionId,
        userId: 'Ann',
        dialect: 'messaging',
        device: 'phone',
        server: 'here',
        address: ann.address,
        since: ann.openedAt,
        bufferedBytes: 12,
      },
    ]);
    expect(await ids({})).toEqual(idsOf([ann, bob]));
    expect(await ids({ dialect: 'realtime' })).toEqual([bob.connectionId]);
    expect(await ids({ user: 'Ann', dialect: 'realtime' })).toEqual([]);
    expect(await ids({ server: 'here' })).toEqual(idsOf([ann, bob]));
    expect(await ids({ server: 'elsewhere' })).toEqual([]);
    expect(await ids({ user: 'Nobody' })).toEqual([]);
  });

  it('lists them page by page, each once', async () => {
    const outlets = Array.from({ length: 7 }, (_, index) => join(`User${index}`));
    const seen: string[] = [];
    for (let page = await directory.list({ limit: 3 }); page.length > 0;) {
      expect(page.length).toBeLessThanOrEqual(3);
      seen.push(...page.map(({ id }) => id));
      page = await directory.list({ limit: 3, after: seen.at(-1) });
    }
    expect(seen).toEqual(idsOf(outlets));
  });

  it('closes one with 4410, and says whether it was there', async () => {
    const [ann, bob] = [join('Ann'), join('Bob')];
    expect(await directory.close(ann.connectionId)).toBe(true);
    expect(ann.closeReason?.code).toBe(4410);
    expect(bob.closed).toBe(false);
    expect(await directory.close(ann.connectionId)).toBe(false);
    expect(await directory.close('nobody')).toBe(false);
  });

  describe('where no server that can be asked has the connection', () => {
    const close = () => directory.close('nobody');

    it('does not know of one that is alive and does not answer', async () => {
      Object.assign(bus, { peers: new Set(['another']) });
      expect(await close()).toBeUndefined();
      expect(await directory.close(join('Ann').connectionId)).toBe(true);
    });

    it('does not know while it is itself away from the bus', async () => {
      Object.assign(bus, { isConnected: false });
      expect(await close()).toBeUndefined();
    });

    it('does not know while another server is cut off', async () => {
      delivery.events.emit('othersCutOff', true);
      expect(await close()).toBeUndefined();
      delivery.events.emit('othersCutOff', false);
      expect(await close()).toBe(false);
    });
  });

  it('says what each server carries', async () => {
    join('Ann');
    join('Ann', new FakeDialect('realtime'));
    join('Bob');
    expect(await directory.loads()).toEqual([
      { server: 'here', since: 1_000, connections: { messaging: 2, concord: 0, realtime: 1 }, users: 2 },
    ]);
  });
});
