import { LossyBus } from '../../test/support/delivery/lossy-bus.js';
import { DomainEvents } from '../domain/domain-events.js';
import { LocalBus } from './bus/local-bus.js';
import { userSubject } from './bus/subjects.js';
import { HandOver } from './hand-over.js';

const move = { deviceId: 7, chatId: 1, position: { change: 5, number: 3 }, ahead: [] };
const connection = { connectionId: 'connection-1', userId: 'Ann' };

function rethrow(error: unknown): void {
  throw error;
}

describe('HandOver', () => {
  const events = new DomainEvents(rethrow);
  let written: string[];
  let handOver: HandOver;

  const open = (bus: LocalBus): void => {
    written = [];
    bus.subscribe(userSubject('Ann'));
    bus.subscribe(userSubject('Ben'));
    const feedsOf = (userId: string) => (userId === 'Ann' ? [{} as never] : []);
    const hub = { feedsOf, isDeparting: (userId: string) => userId === 'Ben' };
    const cursors = { hasten: () => void written.push('cursors'), unsaved: () => [move] };
    const sessions = { flush: async () => void written.push('sessions') };
    handOver = new HandOver(bus, hub, events, cursors, sessions);
    handOver.onModuleInit();
  };
  afterEach(() => {
    handOver.onApplicationShutdown();
  });

  it('has written at once what a connection has received that closes', () => {
    open(new LossyBus(rethrow));
    events.emit('connectionClosed', connection);
    expect(written).toEqual(['cursors', 'sessions']);
  });

  it('has it written when its user is about to connect elsewhere, where it is here', () => {
    const bus = new LossyBus(rethrow);
    open(bus);
    bus.publish([userSubject('Ben')], { kind: 'arriving', userId: 'Ben' });
    expect(written).toEqual([]);
    bus.publish([userSubject('Ann')], { kind: 'arriving', userId: 'Ann' });
    expect(written).toEqual(['cursors', 'sessions']);
  });

  it('tells others what it has yet to write, and whether there may be more', async () => {
    const bus = new LossyBus(rethrow);
    open(bus);
    const ask = (userId: string, server = 'another') => {
      return bus.ask([userSubject(userId)], 'unsavedCursors', { userId, deviceId: 7, server });
    };
    expect(await ask('Ann')).toEqual([{ moves: [move], isMoreToCome: false }]);
    expect(await ask('Ben')).toEqual([{ moves: [move], isMoreToCome: true }]);
    expect(await ask('Ben', bus.serverId)).toEqual([{ moves: [], isMoreToCome: false }]);
  });

  it('leaves it to its time on a server that is alone', () => {
    open(new LocalBus(rethrow));
    events.emit('connectionClosed', connection);
    expect(written).toEqual([]);
  });
});
