import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import { UncertainBeacons } from './uncertain-beacons.js';

const DIALOG: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const GROUP: ChatAddress = { id: 2, kind: 'group', publicId: 'g_1' };

describe('UncertainBeacons', () => {
  let told: unknown[];
  let events: DomainEvents;
  let beacons: UncertainBeacons;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    events = new DomainEvents((error) => {
      throw error;
    });
    const publish = (subjects: readonly string[], message: unknown) => told.push([subjects, message]);
    beacons = new UncertainBeacons({ publish }, events, { now: () => Date.now() });
    beacons.onModuleInit();
  });
  afterEach(() => {
    beacons.onApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const wordOf = (chat: ChatAddress, ...subjects: string[]) => [subjects, { kind: 'uncertain', chats: [chat] }];

  it('says once more some seconds after the last time what may have been committed, to whom it concerns', () => {
    events.emit('chatsUncertain', [DIALOG, GROUP]);
    jest.advanceTimersByTime(3_000);
    events.emit('chatsUncertain', [DIALOG]);
    jest.advanceTimersByTime(4_000);
    expect(told).toEqual([wordOf(GROUP, 'chat.2')]);
    jest.advanceTimersByTime(60_000);
    expect(told.slice(1)).toEqual([wordOf(DIALOG, 'user.Ann', 'user.Bob')]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says it when the server goes', () => {
    events.emit('chatsUncertain', [GROUP]);
    beacons.onApplicationShutdown();
    expect(told).toEqual([wordOf(GROUP, 'chat.2')]);
  });
});
