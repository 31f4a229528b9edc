import type { Bus, BusMessage } from '../../src/delivery/bus/bus.js';
import { userSubject } from '../../src/delivery/bus/subjects.js';

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
  return { kind: 'announcement', id, announcement: { audience: { users: ['Ann'] }, event } };
}

function isSame(message: BusMessage, other: BusMessage): boolean {
  return message.kind === 'announcement' && other.kind === 'announcement' && message.id === other.id;
}
