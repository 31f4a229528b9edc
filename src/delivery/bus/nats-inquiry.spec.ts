import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { NatsInquiry } from './nats-inquiry.js';

const BUSY_MS = 20;

describe('NatsInquiry', () => {
  describe('await', () => {
    it('takes for late who has not answered in time, and ends with what there is', async () => {
      const inquiry = new NatsInquiry();
      const asked = inquiry.ask(1, ['own']);
      const onLate = jest.fn();
      inquiry.await(['there', 'stalled'], 10, (servers) => {
        onLate([...servers]);
      });
      inquiry.take('there', { barrier: 2, answers: [[1, 'theirs']] });
      expect(await asked).toEqual(['own', 'theirs']);
      expect(onLate.mock.calls).toEqual([[['stalled']]]);
    });

    it('takes nobody for late whose answer has come while this server was busy', async () => {
      const listening = createServer().listen(0, '127.0.0.1');
      await once(listening, 'listening');
      const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1');
      const [peer] = (await once(listening, 'connection')) as [Socket];
      const inquiry = new NatsInquiry();
      const onLate = jest.fn();
      socket.on('data', () => inquiry.take('there', { barrier: 2, answers: [[1, 'theirs']] }));
      const asked = inquiry.ask(1, []);
      peer.write('answer');
      inquiry.await(['there'], BUSY_MS / 2, onLate);
      const end = performance.now() + BUSY_MS;
      while (performance.now() < end);
      expect(await asked).toEqual(['theirs']);
      expect(onLate).not.toHaveBeenCalled();
      socket.destroy();
      listening.close();
    });
  });
});
