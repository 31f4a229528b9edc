import type { ChatAddress } from '../domain/chat.js';
import { type CatchUpScene, eventsOf } from './catch-up-events.js';
import type { CallDetail, CatchUpRow } from './catch-up-row.js';

const CHAT: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };
const DETAIL = {
  kind: 'dialog',
  publicId: null,
  name: null,
  userA: 'Ann',
  userB: 'Bob',
  readTo: 0,
  ownSinceRead: 0,
  missed: 0,
  more: false,
} as const;

const scene = (fields: Partial<CatchUpScene> = {}): CatchUpScene => ({
  viewer: 'Ann',
  chat: CHAT,
  detail: DETAIL,
  from: { change: 0, number: 0 },
  ahead: new Set(),
  end: { change: 9, number: 9 },
  ...fields,
});

const NOTHING: CatchUpRow = {
  ...{
    chat_id: 1,
    what: 'new',
    change: 0,
    number: 0,
    id: 1,
    at: 1_000,
    user_id: 'Bob',
    kind: 'new',
    created_change: 0,
  },
  ...{
    user_name: null,
    client_message_id: null,
    text: null,
    payload: null,
    metadata: null,
    attachments: null,
    forwarded: null,
  },
  ...{ reactions: null, edited_change: null, deleted_change: null, reacted_change: null, detail: null },
  ...{ user_number: null, thread_id: null, textless: null },
  ...{ created_at: 1_000, updated_at: null, deleted_at: null },
};
const sent = (number: number, change: number, fields: Partial<CatchUpRow> = {}): CatchUpRow => {
  return { ...NOTHING, number, change, created_change: change, ...fields };
};
const read = (number: number, change: number, first = change): CatchUpRow => {
  return { ...NOTHING, what: 'marked', kind: 'read', number, change, created_change: first };
};

const CALL = {
  callId: 'call_1',
  caller: 'Bob',
  callType: 'audio',
  participants: ['Bob', 'Ann'],
  startedAt: 900,
  ringsUntil: 9_000,
};
const called = (fields: Partial<CatchUpRow>, detail: Partial<CallDetail>): CatchUpRow => {
  const described = { call: CALL, closedAt: null, rings: false, ...detail };
  return sent(1, 1, { kind: 'call', detail: JSON.stringify(described), ...fields });
};

describe('eventsOf', () => {
  it('merges messages and marks by their changes', () => {
    const events = eventsOf(scene(), [sent(1, 1), sent(2, 3), read(1, 2)]);
    expect(events.map(({ change }) => change)).toEqual([1, 2, 3]);
  });

  it('moves the cursor with each event, and with the last one to the end', () => {
    const events = eventsOf(scene(), [sent(1, 1), read(1, 2), sent(2, 3)]);
    expect(events.map(({ position }) => position)).toEqual([
      { change: 1, number: 1 },
      { change: 2, number: 1 },
      { change: 9, number: 9 },
    ]);
  });

  it('moves it past a message that the device has had, so that it does not come again behind what is newer', () => {
    const events = eventsOf(scene({ ahead: new Set([2]) }), [sent(1, 1), sent(2, 2), read(2, 3), sent(3, 4)]);
    expect(events.map(({ change, position }) => [change, position.number])).toEqual([
      [1, 1],
      [3, 2],
      [4, 9],
    ]);
  });

  it('moves it through the numbers of a first visit under one change', () => {
    const from = { change: 7, number: 2 };
    const events = eventsOf(scene({ from, end: { change: 7, number: 5 } }), [sent(3, 3), sent(4, 5), sent(5, 6)]);
    expect(events.map(({ position }) => position)).toEqual([3, 4, 5].map((number) => ({ change: 7, number })));
  });

  it('tells several marks as one, in the place of the first and under the name of the last', () => {
    const events = eventsOf(scene(), [sent(2, 2), read(2, 3, 1)]);
    expect(events.map(({ change, position }) => [change, position.change])).toEqual([
      [3, 1],
      [2, 9],
    ]);
  });

  it('counts what is missed up to each message, without the own ones', () => {
    const rows = [sent(1, 1), sent(2, 2, { user_id: 'Ann' }), sent(3, 3)];
    expect(eventsOf(scene(), rows).map(({ view }) => view.missed)).toEqual([1, 1, 2]);
  });

  describe('of a message that is deleted by now', () => {
    it('tells the deletion in its place', () => {
      const [event] = eventsOf(scene(), [sent(1, 1, { deleted_change: 4, deleted_at: 2_000 })]);
      expect(event).toMatchObject({ change: 1, event: { type: 'messageDeleted', change: 4, at: 2_000 } });
    });

    it('tells nothing where it was deleted before the first visit', () => {
      const rows = [sent(1, 1, { deleted_change: 4 }), sent(2, 5)];
      const events = eventsOf(scene({ from: { change: 7, number: 0 } }), rows);
      expect(events.map(({ change }) => change)).toEqual([5]);
    });
  });

  describe('of a channel that is followed', () => {
    const CHANNEL: ChatAddress = { id: 1, kind: 'channel', publicId: 'c_1', name: 'general' };
    const followed = (fields: Partial<CatchUpScene> = {}) => scene({ chat: CHANNEL, isFollower: true, ...fields });
    const described = (kind: string, change: number): CatchUpRow => {
      const detail = JSON.stringify({ id: 1, public_id: 'c_1', parent_id: null, name: 'general', created_by: 7 });
      return { ...NOTHING, what: 'described', kind, change, detail };
    };
    const thread = (change: number): CatchUpRow => {
      const detail = '{"id":5,"channelId":1,"messageId":1,"createdBy":7,"createdAt":1000,"name":"why"}';
      return { ...NOTHING, what: 'thread', change, created_change: change, at: 1_000, detail };
    };

    it('tells what describes it, and threads, in the places of their changes', () => {
      const rows = [sent(1, 2), sent(2, 4), thread(3), described('updated', 5)];
      expect(eventsOf(followed(), rows).map(({ change, event }) => [change, event.type])).toEqual([
        [2, 'messageSent'],
        [3, 'threadCreated'],
        [4, 'messageSent'],
        [5, 'channelChanged'],
      ]);
    });

    it('names the channel as it is now, and who made it by number', () => {
      const [event] = eventsOf(followed(), [described('created', 1)]);
      const channel = { id: 1, publicId: 'c_1', name: 'general', createdBy: 7 };
      expect(event?.event).toEqual({ type: 'channelChanged', news: 'created', channel, chat: CHANNEL, at: 1_000 });
    });

    it('names a thread, and who began it', () => {
      const [event] = eventsOf(followed(), [thread(3)]);
      expect(event?.event).toMatchObject({
        ...{ type: 'threadCreated', chat: CHANNEL, change: 3, newest: 9, at: 1_000, origin: { userId: 'Bob' } },
        thread: { id: 5, channelId: 1, messageId: 1, createdBy: 7, createdAt: 1_000, name: 'why' },
      });
    });

    it('counts nothing as missed', () => {
      expect(eventsOf(followed(), [sent(1, 1)])[0]?.view).toEqual({ viewer: 'Ann', chatId: 'c_1' });
    });

    it('tells the thread of a message, its author by number, and that it has no text', () => {
      const fields = { thread_id: 5, user_number: 7, textless: true };
      const rows = [sent(2, 2, fields), { ...sent(1, 3, fields), what: 'reacted' as const, text: 'x' }];
      const [message, reaction] = eventsOf(followed(), rows);
      expect(message?.event).toMatchObject({ message: { number: 2, threadId: 5, senderNumber: 7 } });
      expect(reaction?.event).toMatchObject({ message: { number: 1, threadId: 5, isTextless: true } });
    });

    it('does not tell again what came ahead', () => {
      const rows = [thread(3), described('updated', 5)];
      expect(eventsOf(followed({ ahead: new Set([3]) }), rows).map(({ change }) => change)).toEqual([5]);
    });
  });

  describe('of calls', () => {
    it('tells one that rings as it was told when it began', () => {
      const [rings] = eventsOf(scene(), [called({}, { rings: true })]);
      expect(rings).toMatchObject({ change: 1, event: { type: 'callStarted', at: 1_000, call: CALL, bases: [] } });
    });

    it('moves over one that has been answered, and counts it', () => {
      const [next, ...others] = eventsOf(scene(), [called({}, {}), sent(2, 2), sent(3, 3)]);
      expect(next).toMatchObject({ change: 2, position: { change: 2, number: 2 }, view: { missed: 2 } });
      expect(others).toHaveLength(1);
    });

    it('tells one that is over at the time at which it was closed, new or not', () => {
      const told = [called({}, { closedAt: 5_000 }), called({ what: 'edited', change: 4 }, { closedAt: 5_000 })];
      expect(eventsOf(scene(), told)).toMatchObject([
        { change: 1, event: { type: 'callLogged', at: 5_000, call: CALL, message: { number: 1 } } },
        { change: 4, event: { type: 'callLogged', at: 5_000, change: 4 } },
      ]);
    });

    it('tells its end and the viewer’s own answer in their places', () => {
      const rows = [
        called({ what: 'closed', change: 5, at: 5_000 }, { closedAt: 5_000 }),
        called({ what: 'answered', change: 3, at: 3_000, kind: 'declined', user_id: 'Ann' }, {}),
      ];
      expect(eventsOf(scene(), rows)).toMatchObject([
        { change: 3, event: { type: 'callAnswered', at: 3_000, isAccepted: false, origin: { userId: 'Ann' } } },
        { change: 5, event: { type: 'callClosed', at: 5_000 } },
      ]);
      expect(eventsOf(scene({ ahead: new Set([3, 5]) }), rows)).toEqual([]);
    });
  });
});
