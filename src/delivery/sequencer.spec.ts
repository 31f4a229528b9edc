import type { Change } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { Arrivals } from './arrivals.js';
import { Sequencer } from './sequencer.js';

const CHAT: ChatAddress = { id: 1, kind: 'dialog', users: ['Ann', 'Bob'] };

function change(number: number): Change {
  const message = { number };
  return {
    chat: CHAT,
    change: number,
    newest: number,
    at: 0,
    origin: { userId: 'Ann' },
    type: 'messageDeleted',
    message,
  };
}

describe('Sequencer', () => {
  let heard: string[];
  let since: number | undefined;
  let arrivals: Arrivals;
  let sequencer: Sequencer;

  beforeEach(() => {
    jest.useFakeTimers();
    heard = [];
    since = 0;
    arrivals = new Arrivals();
    const listener = {
      inOrder: (each: Change, isFirst: boolean) => heard.push(`${each.change}${isFirst ? ' first' : ''}`),
      hole: (_: ChatAddress, from: { change: number }, upTo: number) =>
        heard.push(`hole ${from.change + 1} to ${upTo}`),
      unheard: (_: ChatAddress, upTo: number) => heard.push(`unheard up to ${upTo}`),
    };
    sequencer = new Sequencer(listener, arrivals, () => since);
  });
  afterEach(() => {
    sequencer.close();
    jest.useRealTimers();
  });

  const take = (...numbers: number[]) => {
    for (const number of numbers) sequencer.take(change(number));
  };

  it('passes on what comes in order, and says what it knows nothing before', () => {
    take(5, 6, 7);
    expect(heard).toEqual(['5 first', '6', '7']);
  });

  it('drops what it has had', () => {
    take(5, 5, 6, 5, 6);
    expect(heard).toEqual(['5 first', '6']);
  });

  it('puts in order what comes out of it', () => {
    take(5, 8, 7, 6, 9);
    expect(heard).toEqual(['5 first', '6', '7', '8', '9']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells of a hole after a short wait, then goes on behind it', () => {
    take(5, 7, 9);
    expect(heard).toEqual(['5 first']);
    jest.runAllTimers();
    expect(heard).toEqual(['5 first', 'hole 6 to 6', '7', 'hole 8 to 8', '9']);
    take(8, 10);
    expect(heard.slice(5)).toEqual(['10']);
  });

  it('does not take for a hole what nobody here was to hear', () => {
    take(5);
    since = arrivals.next();
    take(9);
    expect(heard).toEqual(['5 first', '9 first']);
  });

  describe('reach', () => {
    const reach = (number: number) => {
      sequencer.reach({ chat: CHAT, change: number, newest: number });
    };

    it('says nothing of what was heard', () => {
      take(5, 6);
      reach(6);
      expect(heard).toEqual(['5 first', '6']);
    });

    it('tells of a hole, and goes on behind it', () => {
      take(5);
      reach(7);
      take(6, 8);
      expect(heard).toEqual(['5 first', 'hole 6 to 7', '8']);
    });

    it('waits no longer for what should have come before', () => {
      take(5, 7);
      reach(8);
      take(9);
      expect(heard).toEqual(['5 first', 'hole 6 to 6', '7', 'hole 8 to 8', '9']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('tells of a chat of which nothing was heard, once', () => {
      reach(5);
      reach(5);
      take(6);
      expect(heard).toEqual(['unheard up to 5', '6']);
    });

    it('does not take for a hole what nobody here was to hear', () => {
      take(5);
      since = arrivals.next();
      reach(9);
      expect(heard).toEqual(['5 first', 'unheard up to 9']);
    });

    it('takes no notice of chats that concern nobody here', () => {
      since = undefined;
      reach(5);
      since = arrivals.next();
      take(6);
      expect(heard).toEqual(['6 first']);
    });
  });

  it('leaves no timer behind when it is closed', () => {
    take(5, 7);
    sequencer.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
