import { BusEveryServer } from './bus-every-server.js';
import { LocalBus } from './bus/local-bus.js';
import { EVERY_SERVER } from './bus/subjects.js';

describe('BusEveryServer', () => {
  describe('hasHeard', () => {
    it('asks every server after what has been committed was told, and waits for the answers', async () => {
      const bus = new LocalBus((error) => {
        throw error;
      });
      const everyServer = new BusEveryServer(bus);
      everyServer.onModuleInit();
      const order: string[] = [];
      bus.listen(({ kind }) => order.push(kind));
      const ask = jest.spyOn(bus, 'ask').mockImplementation((subjects, kind) => {
        order.push(`${kind} ${subjects.join()}`);
        return Promise.resolve([]);
      });
      setImmediate(() => {
        bus.publish([EVERY_SERVER], { kind: 'topicsNewest', newest: 1 });
      });
      await everyServer.hasHeard();
      expect(order).toEqual(['topicsNewest', `heard ${EVERY_SERVER}`]);
      ask.mockRestore();
      expect(await bus.ask([EVERY_SERVER], 'heard', null)).toEqual([true]);
      everyServer.onApplicationShutdown();
      expect(await bus.ask([EVERY_SERVER], 'heard', null)).toEqual([]);
    });
  });
});
