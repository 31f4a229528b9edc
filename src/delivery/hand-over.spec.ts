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
    const hub = { feedsOf: (userId: string) => (userId === 'Ann' ? [{} as never] : []) };
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

  it('tells others what it has yet to write', async () => {
    const bus = new LossyBus(rethrow);
    open(bus);
    expect(await bus.ask([userSubject('Ann')], 'unsavedCursors', 7)).toEqual([[move]]);
  });

  it('leaves it to its time on a server that is alone', () => {
    open(new LocalBus(rethrow));
    events.emit('connectionClosed', connection);
    expect(written).toEqual([]);
  });
});
