import type { BusMessage } from '../../src/delivery/bus/bus.js';
import type { Passage, WiredBus } from '../support/delivery/wired-bus.js';
import type { MessagingClient } from '../support/messaging-client.js';
import { TestPlace, TestServer } from '../support/parlance.js';

interface Wired {
  readonly WiredBus: { wire: typeof WiredBus.wire };
}

// Two servers of one process are on one wire. What they do is real but for it: sockets, log, deliveries.
jest.mock('../../src/delivery/bus/local-bus.js', () => {
  const actual = jest.requireActual<object>('../../src/delivery/bus/local-bus.js');
  // Made when it is asked for: it is a kind of the one that it stands for.
  return Object.defineProperty({ ...actual }, 'LocalBus', {
    get: () => (isMaking ? (actual as { LocalBus: unknown }).LocalBus : wired().WiredBus),
  });
});
let isMaking = false;

function wired(): Wired {
  isMaking = true;
  try {
    return jest.requireActual<Wired>('../support/delivery/wired-bus.js');
  } finally {
    isMaking = false;
  }
}

describe('two servers whose bus loses', () => {
  let place: TestPlace;
  let here: TestServer;
  let there: TestServer;
  let ann: MessagingClient;
  let bob: MessagingClient;
  let chatId: string;
  const { wire } = wired().WiredBus;

  beforeAll(async () => {
    place = await TestPlace.make();
    here = await TestServer.startIn(place);
    there = await TestServer.startIn(place);
    ann = await here.connect('Ann', { acks: true });
    bob = await there.connect('Bob', { acks: true });
    ({ chatId } = await ann.request<{ chatId: string }>('createChat', { name: 'Both', participants: ['Bob'] }));
    await bob.event('chats');
  });
  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await place.remove();
  });
  afterEach(() => {
    wire.passage = () => 'comes';
  });

  const isNews = ({ kind }: BusMessage) => kind === 'changes';
  /** Those of others, told one after the other. */
  const treat = (passageOf: (nth: number) => Passage) => {
    let count = 0;
    wire.passage = (message) => (isNews(message) ? passageOf(count++) : 'comes');
  };
  /** To the group and to the other, some of it at once. */
  const talkOf = async (client: MessagingClient, other: string, name: string, count: number) => {
    const sends = async (to: string) => {
      for (let n = 0; n < count; n++) await client.request('new', { chatId: to, message: `${name} ${n}` });
    };
    await Promise.all([sends(chatId), sends(other)]);
  };
  const talk = async (name: string, count = 15) => {
    await Promise.all([talkOf(ann, 'Bob', name, count), talkOf(bob, 'Ann', name, count)]);
  };
  const comeTo = (client: MessagingClient, from: string, name: string) =>
    client.events('new').flatMap(({ payload }) => {
      return payload?.sender === from && String(payload.message).startsWith(`${name} `) ? [payload] : [];
    });

  /** What the other wrote; what one has written oneself is told only where something came before it. */
  const hasAll = async (client: MessagingClient, from: string, name: string, count: number) => {
    await client.until(() => (comeTo(client, from, name).length >= 2 * count ? true : undefined), `all of ${name}`);
    await client.settled();
    for (const chat of [chatId, from]) {
      const told = comeTo(client, from, name).filter((payload) => payload.chatId === chat);
      expect(told.map(({ message }) => message)).toEqual(Array.from({ length: count }, (_, n) => `${name} ${n}`));
    }
  };
  const bothHaveAll = async (name: string, count = 15) => {
    await hasAll(ann, 'Bob', name, count);
    await hasAll(bob, 'Ann', name, count);
  };

  it('brings all, each once and in order, where every third change is lost', async () => {
    treat((nth) => (nth % 3 === 2 ? 'lost' : 'comes'));
    await talk('third');
    await bothHaveAll('third');
  });

  it('brings all where changes come in another order', async () => {
    treat((nth) => (nth % 2 === 0 ? 'late' : 'comes'));
    await talk('late');
    await bothHaveAll('late');
  });

  it('brings the last, after which nothing is said, by what is told of quiet chats', async () => {
    treat(() => 'lost');
    await talkOf(ann, 'Bob', 'last', 3);
    await hasAll(bob, 'Ann', 'last', 3);
  });

  it('brings what a server has not told that was killed, once it is known to be gone', async () => {
    wire.passage = () => 'lost';
    await talkOf(ann, 'Bob', 'killed', 3);
    await bob.settled();
    expect(comeTo(bob, 'Ann', 'killed')).toEqual([]);
    for (const bus of wire.buses) bus.interrupt();
    await hasAll(bob, 'Ann', 'killed', 3);
  });

  it('brings all to a server that is cut off, and nothing to who was removed meanwhile', async () => {
    const [, cut] = wire.buses;
    cut?.cut();
    await talk('cut', 3);
    await hasAll(bob, 'Ann', 'cut', 3);
    const two = await ann.request<{ chatId: string }>('createChat', { name: 'Two', participants: ['Bob'] });
    await bob.event('chats', ({ chats }) => JSON.stringify(chats).includes(two.chatId));
    await ann.request('removeParticipants', { chatId: two.chatId, participants: ['Bob'] });
    await ann.request('new', { chatId: two.chatId, message: 'not for Bob' });
    cut?.mend();
    await hasAll(ann, 'Bob', 'cut', 3);
    await ann.request('new', { chatId: two.chatId, message: 'not for Bob either' });
    await talk('after', 3);
    await bothHaveAll('after', 3);
    expect(bob.events('new').filter(({ payload }) => payload?.chatId === two.chatId)).toEqual([]);
  });

  it('tells who was brought into a group, where the news of it was lost', async () => {
    wire.passage = ({ kind }) => (kind === 'changes' ? 'lost' : 'comes');
    const lost = await ann.request<{ chatId: string }>('createChat', { name: 'Lost', participants: ['Bob'] });
    await bob.event('chats', ({ chats }) => JSON.stringify(chats).includes(lost.chatId));
  });
});
