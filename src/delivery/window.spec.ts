import fc from 'fast-check';

import { MAX_AHEAD, type Position } from '../domain/chat.js';
import { MAX_TRACKS, Window } from './window.js';

interface Cursor {
  readonly position: Position;
  readonly ahead: readonly number[];
}

/** One chat as a list: a change is done once it is acked, was the device's own doing, or concerns nobody here. */
class NaiveChat {
  readonly items: { readonly change: number; readonly eventId?: number; isDone: boolean; readonly counts: boolean }[] =
    [];

  get cursor(): Cursor {
    const open = this.items.findIndex(({ isDone }) => !isDone);
    const change = open < 0 ? this.items.length : open;
    const ahead = this.items.slice(change).filter(({ isDone, counts }) => isDone && counts);
    return { position: at(change), ahead: ahead.map((item) => item.change) };
  }
}

type Step =
  { readonly do: 'send' | 'own' | 'pass'; readonly chat: number } | { readonly do: 'ack'; readonly eventId: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('send' as const, 'send' as const, 'own' as const, 'pass' as const),
    chat: fc.nat(2),
  }),
  fc.record({ do: fc.constant('ack' as const), eventId: fc.integer({ min: 1, max: 40 }) }),
);

function at(change: number): Position {
  return { change, number: change };
}

describe('Window', () => {
  const open = () => {
    const cursors = new Map<number, Cursor>();
    const window = new Window((chatId, position, ahead) => cursors.set(chatId, { position, ahead }));
    return { window, cursors, track: window.open(1, at(0)) };
  };

  it('moves each cursor as a list that is read from its beginning does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { window, cursors } = open();
        const chats = [new NaiveChat(), new NaiveChat(), new NaiveChat()];
        let sent = 0;
        for (const each of steps) {
          if (each.do === 'ack') {
            window.acked(each.eventId);
            for (const { items } of chats) for (const item of items) item.isDone ||= item.eventId === each.eventId;
          } else {
            const chat = chats[each.chat] ?? new NaiveChat();
            const change = chat.items.length + 1;
            const track = window.track(each.chat) ?? window.open(each.chat, at(0));
            if (each.do === 'send') window.sent(++sent, track, { change, position: at(change) });
            else window.passed(track, at(change));
            if (each.do === 'own') window.received(track, change);
            const eventId = each.do === 'send' ? sent : undefined;
            chat.items.push({ change, eventId, isDone: each.do !== 'send', counts: each.do !== 'pass' });
          }
          chats.forEach((chat, id) => {
            const { position, ahead } = cursors.get(id) ?? { position: at(0), ahead: [] };
            expect({ position, ahead: [...ahead].sort((a, b) => a - b) }).toEqual(chat.cursor);
          });
          expect(window.size).toBe(chats.flatMap(({ items }) => items).filter(({ isDone }) => !isDone).length);
        }
      }),
    );
  });

  it('takes an event as received that turns out to be the device’s own doing', () => {
    const { window, cursors, track } = open();
    window.sent(1, track, { change: 1, position: at(1) });
    window.received(track, 1);
    expect(window.size).toBe(0);
    expect(cursors.get(1)).toEqual({ position: at(1), ahead: [] });
  });

  it('moves through the numbers of a first visit, whose change stays', () => {
    const { window, cursors } = open();
    const track = window.open(2, { change: 9, number: 3 });
    window.sent(1, track, { change: 5, position: { change: 9, number: 4 } });
    window.acked(1);
    expect(cursors.get(2)?.position).toEqual({ change: 9, number: 4 });
  });

  it('moves no cursor while a position is only assumed', () => {
    const { window, cursors } = open();
    const track = window.open(2, at(7), true);
    window.received(track, 8);
    expect(cursors.has(2)).toBe(false);
    window.settle(track, at(3), [5]);
    expect(cursors.get(2)).toEqual({ position: at(3), ahead: [8, 5] });
  });

  it('takes what was assumed for right once the log has not said otherwise', () => {
    const { window, cursors } = open();
    const track = window.open(2, at(7), true);
    window.received(track, 8);
    window.settleRest();
    expect(cursors.get(2)).toEqual({ position: at(7), ahead: [8] });
  });

  it('says what waits for its ack up to an event, in the order of sending', () => {
    const { window, track } = open();
    const other = window.open(2, at(0));
    window.sent(1, track, { change: 1, position: at(1) });
    window.sent(2, other, { change: 1, position: at(1) });
    window.sent(3, track, { change: 2, position: at(2) });
    window.sent(4, track, { change: 3, position: at(3) });
    window.acked(1);
    expect(window.unackedUpTo(3).map(({ eventId }) => eventId)).toEqual([2, 3]);
    expect(window.unackedUpTo(1)).toEqual([]);
  });

  it('remembers a bounded number of changes ahead', () => {
    const { window, cursors, track } = open();
    for (let change = 1; change <= MAX_AHEAD + 10; change++)
      window.sent(change, track, { change, position: at(change) });
    for (let change = 2; change <= MAX_AHEAD + 10; change++) window.acked(change);
    expect(cursors.get(1)?.ahead).toHaveLength(MAX_AHEAD);
    window.acked(1);
    expect(cursors.get(1)).toEqual({ position: at(MAX_AHEAD + 10), ahead: [] });
  });

  it('forgets an idle chat rather than remember them all, and never one that waits for an ack', () => {
    const { window, track } = open();
    window.sent(1, track, { change: 1, position: at(1) });
    for (let chatId = 2; chatId <= MAX_TRACKS + 1; chatId++) window.open(chatId, at(0));
    expect(window.track(1)).toBe(track);
    expect(window.track(2)).toBeUndefined();
  });

  describe('follow', () => {
    it('tells where the cursor stands, though nothing has moved it', () => {
      const { window, cursors } = open();
      window.follow(2, at(7));
      expect(cursors.get(2)).toMatchObject({ position: at(7) });
    });

    it('leaves a chat where it is of which something was told meanwhile', () => {
      const { window } = open();
      const track = window.open(2, at(5), true);
      window.follow(2, at(7));
      expect([track.sent, track.assumed]).toEqual([at(5), false]);
      expect(window.track(2)).toBe(track);
    });
  });

  describe('forget', () => {
    it('begins anew, and takes the acks of what was sent before', () => {
      const { window, track } = open();
      window.sent(1, track, { change: 1, position: at(1) });
      window.forget(track);
      expect(window.track(1)).toBeUndefined();
      const next = window.open(1, at(9));
      window.forget(track);
      window.acked(1);
      expect([window.size, window.track(1)]).toEqual([0, next]);
    });
  });
});
