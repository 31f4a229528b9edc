import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Answers, NatsInquiry, type Waiting } from './nats-inquiry.js';

const BUSY_MS = 20;

/** @returns what was told: of who is late by their names */
function awaitOf(inquiry: NatsInquiry, servers: readonly string[], times: Pick<Waiting, 'answerMs' | 'patienceMs'>) {
  const [late, over] = [jest.fn(), jest.fn()];
  inquiry.await(servers, {
    ...times,
    late: (lacking) => {
      late([...lacking]);
    },
    over,
  });
  return { late, over };
}

describe('NatsInquiry', () => {
  describe('await', () => {
    it('takes for late who has not answered in time, and ends with what there is', async () => {
      const inquiry = new NatsInquiry();
      const asked = inquiry.ask(1, ['own']);
      const { late, over } = awaitOf(inquiry, ['there', 'stalled'], { answerMs: 10 });
      inquiry.take('there', { barrier: 2, answers: [[1, 'theirs']] });
      expect(await asked).toEqual(['own', 'theirs']);
      expect(late.mock.calls).toEqual([[['stalled']]]);
      expect(over).toHaveBeenCalledTimes(1);
    });

    it('goes on waiting for the late where a question is patient', async () => {
      const inquiry = new NatsInquiry();
      const [hasty, patient] = [inquiry.ask(1, ['own']), inquiry.ask(2, ['own'], true)];
      const { late, over } = awaitOf(inquiry, ['busy'], { answerMs: 10, patienceMs: 60_000 });
      expect(await hasty).toEqual(['own']);
      expect(late.mock.calls).toEqual([[['busy']]]);
      expect(over).not.toHaveBeenCalled();
      const answers: Answers['answers'] = [
        [1, 'too late'],
        [2, 'theirs'],
      ];
      expect(inquiry.take('busy', { barrier: 3, answers })).toBe(true);
      expect(await patient).toEqual(['own', 'theirs']);
    });

    it('does so no longer than its patience', async () => {
      const inquiry = new NatsInquiry();
      const patient = inquiry.ask(1, ['own'], true);
      const { late, over } = awaitOf(inquiry, ['stalled'], { answerMs: 10, patienceMs: 20 });
      expect(await patient).toEqual(['own']);
      expect(late).toHaveBeenCalledTimes(1);
      expect(over).toHaveBeenCalledTimes(1);
    });

    it('takes nobody for late whose answer has come while this server was busy', async () => {
      const listening = createServer().listen(0, '127.0.0.1');
      await once(listening, 'listening');
      const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1');
      const [peer] = (await once(listening, 'connection')) as [Socket];
      const inquiry = new NatsInquiry();
      socket.on('data', () => inquiry.take('there', { barrier: 2, answers: [[1, 'theirs']] }));
      const asked = inquiry.ask(1, []);
      peer.write('answer');
      const { late } = awaitOf(inquiry, ['there'], { answerMs: BUSY_MS / 2 });
      const end = performance.now() + BUSY_MS;
      while (performance.now() < end);
      expect(await asked).toEqual(['theirs']);
      expect(late).not.toHaveBeenCalled();
      socket.destroy();
      listening.close();
    });
  });
});
