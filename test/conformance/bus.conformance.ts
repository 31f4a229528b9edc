import type { Bus, BusMessage, BusQuestionKind } from '../../src/delivery/bus/bus.js';
import { userSubject } from '../../src/delivery/bus/subjects.js';
import { messageSamples, questionSamples } from '../support/bus-samples.js';

/** Servers that share a bus; where there is only one, it is both. */
export interface BusNetwork {
  readonly here: Bus;
  readonly there: Bus;
  close(): Promise<void>;
}

/** What every bus promises, whatever carries it. */
export function describeBus(name: string, open: (onError: (error: unknown) => void) => Promise<BusNetwork>): void {
  describe(`${name} (as a Bus)`, () => {
    let network: BusNetwork;
    let heard: BusMessage[];
    let errors: unknown[];

    beforeEach(async () => {
      errors = [];
      network = await open((error) => errors.push(error));
      heard = [];
      network.there.listen((message) => heard.push(message));
    });
    afterEach(() => network.close());

    const subscribe = async (subject: string) => {
      const subscription = network.there.subscribe(subject);
      await subscription.ready;
      return subscription;
    };
    /** Resolves when everything published before has come or never will. */
    const settle = async () => {
      const last = announcement('last');
      const subscription = await subscribe('user.last');
      const come = new Promise<void>((resolve) => {
        const end = network.there.listen((message) => {
          if (!isSame(message, last)) return;
          end();
          resolve();
        });
      });
      network.here.publish(['user.last'], last);
      await come;
      subscription.end();
      return heard.filter((message) => !isSame(message, last));
    };

    it('brings a message to who is interested, as plain data', async () => {
      await subscribe('user.Ann');
      const message = announcement('1');
      network.here.publish(['user.Ann'], message);
      expect(await settle()).toEqual([JSON.parse(JSON.stringify(message))]);
    });

    it.each(Object.values(messageSamples))('brings what is told as plain data: $kind', async (message) => {
      expect(jsonOf(message)).toStrictEqual(message);
      await subscribe('servers');
      network.here.publish(['servers'], message);
      expect(await settle()).toEqual([message]);
    });

    it('brings nothing of a subject that nobody is interested in', async () => {
      await subscribe('user.Ann');
      network.here.publish(['user.Bob', 'chat.1'], announcement('1'));
      expect(await settle()).toEqual([]);
    });

    it('brings messages of one publisher in the order of publishing', async () => {
      await subscribe('user.Ann');
      await subscribe('chat.1');
      const messages = Array.from({ length: 100 }, (_, index) => announcement(`${index}`));
      messages.forEach((message, index) => {
        network.here.publish([index % 2 ? 'user.Ann' : 'chat.1'], message);
      });
      expect(await settle()).toEqual(messages);
    });

    it('brings a message at most once for each of its subjects', async () => {
      await subscribe('user.Ann');
      await subscribe('user.Bob');
      network.here.publish(['user.Ann', 'user.Bob', 'user.Cid'], announcement('1'));
      const { length } = await settle();
      expect(length).toBeGreaterThanOrEqual(1);
      expect(length).toBeLessThanOrEqual(2);
    });

    it('brings nothing more once every subscription to the subject has ended', async () => {
      const [first, second] = [await subscribe('user.Ann'), await subscribe('user.Ann')];
      first.end();
      first.end();
      network.here.publish(['user.Ann'], announcement('1'));
      expect(await settle()).toHaveLength(1);
      second.end();
      network.here.publish(['user.Ann'], announcement('2'));
      expect(await settle()).toHaveLength(1);
    });

    it('brings nothing to a listener that has ended', async () => {
      await subscribe('user.Ann');
      const ended: BusMessage[] = [];
      network.there.listen((message) => ended.push(message))();
      network.here.publish(['user.Ann'], announcement('1'));
      await settle();
      expect(ended).toEqual([]);
    });

    it('goes on after a listener has thrown', async () => {
      await subscribe('user.Ann');
      const end = network.there.listen(() => {
        throw new Error('of a listener');
      });
      network.there.listen((message) => heard.push(message));
      network.here.publish(['user.Ann'], announcement('1'));
      network.here.publish(['user.Ann'], announcement('2'));
      expect(await settle()).toHaveLength(4);
      expect(errors.length).toBeGreaterThanOrEqual(2);
      end();
    });

    it('brings what a listener publishes after what it was hearing, to everybody', async () => {
      await subscribe('user.Ann');
      const [first, second] = [announcement('1'), announcement('2')];
      const order: BusMessage[] = [];
      network.there.listen((message) => {
        if (isSame(message, first)) network.there.publish(['user.Ann'], second);
      });
      network.there.listen((message) => order.push(message));
      network.here.publish(['user.Ann'], first);
      await settle();
      expect(order.slice(0, 2)).toEqual([first, second]);
    });

    it.each([
      ['topic.a.*', 'topic.a.b', ['topic.a', 'topic.a.b.c', 'topic.b.b', 'user.a.b']],
      ['topic.*', 'topic.a', ['topic.a.b', 'own.a']],
      ['topic.a.>', 'topic.a.b.c', ['topic.a', 'topic.b.c', 'own.a.b']],
      ['topic.>', 'topic.a.b', ['own.a.b', 'user.a', 'servers']],
      ['topic.*.b.>', 'topic.a.b.c.d', ['topic.a.b', 'topic.a.c.d']],
    ])('brings what fits the pattern %s', async (pattern, fitting, others) => {
      const subscription = await subscribe(pattern);
      const message = { id: '1', topic: 'a', sender: 'Ann', payloadJson: '{}', at: 1 } as const;
      network.there.answer('publish', () => 1);
      for (const subject of others) {
        network.here.publish([subject], announcement(subject));
        expect(await network.here.ask([subject], 'publish', message)).toEqual([]);
      }
      network.here.publish([fitting], announcement('1'));
      expect(await network.here.ask([fitting], 'publish', message)).toEqual([1]);
      expect(await settle()).toEqual([announcement('1')]);
      subscription.end();
      network.here.publish([fitting], announcement('2'));
      expect(await settle()).toHaveLength(1);
    });

    it('counts patterns like subjects, each for itself', async () => {
      const [first, second] = [await subscribe('topic.a.*'), await subscribe('topic.a.*')];
      const wider = await subscribe('topic.>');
      first.end();
      wider.end();
      wider.end();
      network.here.publish(['topic.a.b'], announcement('1'));
      expect(await settle()).toHaveLength(1);
      second.end();
      network.here.publish(['topic.a.b'], announcement('2'));
      expect(await settle()).toHaveLength(1);
    });

    it('asks a server once, however many of its patterns fit', async () => {
      for (const pattern of ['topic.a.b', 'topic.a.*', 'topic.*.b', 'topic.>']) await subscribe(pattern);
      const asked = jest.fn(() => 2);
      network.there.answer('topicSubscribers', asked);
      expect(await network.here.ask(['topic.a.b'], 'topicSubscribers', 'a.b')).toEqual([2]);
      expect(asked).toHaveBeenCalledTimes(1);
    });

    it('is connected, and knows the other servers by their ids', () => {
      const { here, there } = network;
      expect([here.isConnected, there.isConnected]).toEqual([true, true]);
      expect([...here.peers]).toEqual(here === there ? [] : [there.serverId]);
      expect([...there.peers]).toEqual(here === there ? [] : [here.serverId]);
    });

    it('tells nothing to a watcher that has ended', async () => {
      const watcher = { away: jest.fn(), interrupted: jest.fn(), peerJoined: jest.fn(), peerGone: jest.fn() };
      network.there.watch(watcher)();
      await network.close();
      for (const told of Object.values(watcher)) expect(told).not.toHaveBeenCalled();
    });

    describe('ask', () => {
      const message = { id: '1', topic: 'a', sender: 'Ann', payloadJson: '{"a":"ü"}', at: 1 } as const;
      let asked: unknown[];

      beforeEach(() => {
        asked = [];
        network.there.answer('publish', (question) => asked.push(question));
      });

      it('brings the question to who is interested, as plain data, and the answer back', async () => {
        await subscribe('servers');
        expect(await network.here.ask(['servers'], 'publish', message)).toEqual([1]);
        expect(asked).toEqual([message]);
      });

      it.each(Object.keys(questionSamples) as BusQuestionKind[])('asks and answers in plain data: %s', async (kind) => {
        const { question, answer } = questionSamples[kind];
        expect(jsonOf({ question, answer })).toStrictEqual({ question, answer });
        await subscribe('servers');
        const answering = jest.fn(() => answer);
        network.there.answer(kind, answering as never);
        expect(await network.here.ask(['servers'], kind, question as never)).toEqual([answer]);
        expect(answering).toHaveBeenCalledWith(question);
      });

      it('asks nobody who is not interested', async () => {
        await subscribe('user.Ann');
        expect(await network.here.ask(['servers', 'user.Bob'], 'publish', message)).toEqual([]);
        expect(asked).toEqual([]);
      });

      it('asks a server once, however many of the subjects interest it', async () => {
        await subscribe('user.Ann');
        await subscribe('user.Bob');
        expect(await network.here.ask(['user.Ann', 'user.Bob'], 'publish', message)).toEqual([1]);
        expect(asked).toHaveLength(1);
      });

      it('has its own server’s answer within the call', async () => {
        const subscription = network.here.subscribe('servers');
        await subscription.ready;
        const answer = jest.fn(() => ['connection-1']);
        network.here.answer('connections', answer);
        const asking = network.here.ask(['servers'], 'connections', 'Ann');
        expect(answer).toHaveBeenCalledWith('Ann');
        expect(await asking).toContainEqual(['connection-1']);
        subscription.end();
      });

      it('asks in the order of the asking', async () => {
        await subscribe('servers');
        const messages = Array.from({ length: 100 }, (_, index) => ({ ...message, id: `${index}` }));
        await Promise.all(messages.map((each) => network.here.ask(['servers'], 'publish', each)));
        expect(asked).toEqual(messages);
      });

      it('brings the bytes of a binary frame as bytes', async () => {
        await subscribe('servers');
        const hand = jest.fn(() => ['Bob']);
        network.there.answer('hand', hand);
        const content = { kind: 'binary', kindByte: 1, line: { topic: 'a' }, body: Buffer.from([0, 255, 10]) } as const;
        const handed = { id: '1', sender: 'Ann', at: 1, to: { topic: 'a' }, content };
        expect(await network.here.ask(['servers'], 'hand', handed)).toEqual([['Bob']]);
        expect(hand).toHaveBeenCalledWith(handed);
      });

      it('does without the answer of who fails, and of who answers no more', async () => {
        await subscribe('servers');
        network.there.answer('connections', () => {
          throw new Error('of an answerer');
        });
        expect(await network.here.ask(['servers'], 'connections', 'Ann')).toEqual([]);
        expect(errors.length).toBeGreaterThanOrEqual(1);
        network.there.answer('connections', () => [])();
        expect(await network.here.ask(['servers'], 'connections', 'Ann')).toEqual([]);
      });

      it('lets another one answer in the place of the first, who then ends nothing', async () => {
        await subscribe('servers');
        const end = network.there.answer('connections', () => ['first']);
        network.there.answer('connections', () => ['second']);
        end();
        expect(await network.here.ask(['servers'], 'connections', 'Ann')).toEqual([['second']]);
      });
    });

    it.each(['a b', '*', '>', 'Ann.Bob', 'Ann%2EBob', 'ü', '😂', '\n', '$SYS', '..', 'user.Ann'])(
      'keeps the user %j apart from all others',
      async (odd) => {
        await subscribe(userSubject('Ann'));
        network.here.publish([userSubject(odd)], announcement('1'));
        expect(await settle()).toEqual([]);
        await subscribe(userSubject(odd));
        network.here.publish([userSubject('Bob')], announcement('2'));
        network.here.publish([userSubject(odd)], announcement('3'));
        expect(await settle()).toEqual([announcement('3')]);
      },
    );
  });
}

function announcement(id: string): BusMessage {
  const event = { type: 'online', userId: 'Ann' } as const;
  return { kind: 'announcement', id, at: 1_000, announcement: { audience: { users: ['Ann'] }, event } };
}

function jsonOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function isSame(message: BusMessage, other: BusMessage): boolean {
  return message.kind === 'announcement' && other.kind === 'announcement' && message.id === other.id;
}
