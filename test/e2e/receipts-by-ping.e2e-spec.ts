import { once } from 'node:events';
import { history, sendText, statuses } from '../support/conversation.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import type { Frame, MessagingClient } from '../support/messaging-client.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeClient, RealtimeConnectOptions } from '../support/realtime-client.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});

afterAll(() => server.stop());

interface Scene {
  readonly ann: string;
  readonly ben: string;
  /** Ann, who writes in messaging and acks everything. */
  readonly author: MessagingClient;
  /** Connects Ben, who answers WebSocket pings unless he is deaf. */
  readonly reader: (options?: RealtimeConnectOptions) => Promise<RealtimeClient>;
}

async function setScene(on: TestServer = server): Promise<Scene> {
  const [ann, ben] = freshUsers('Ann', 'Ben');
  return {
    ann,
    ben,
    author: await on.connect(ann, { acks: true }),
    reader: (options = {}) => on.connectRealtime(ben, { protocols: ['realtime.v1'], ...options }),
  };
}

const told = (client: RealtimeClient, message: string) =>
  client.of('DirectMessage', ({ payload }) => (payload as { message?: unknown }).message === message);

const textsTold = (client: RealtimeClient): unknown[] =>
  client.all('DirectMessage').map(({ data }) => (data.payload as { message?: unknown }).message);

/** The payload of the next WebSocket ping. */
async function nextPing(client: RealtimeClient, fits = (payload: string) => payload !== ''): Promise<string> {
  for (;;) {
    const [data] = (await once(client.socket, 'ping')) as [Buffer];
    if (fits(data.toString())) return data.toString();
  }
}

const dlvrdTold = (author: MessagingClient): Frame[] => author.events('dlvrd');

describe('a message that a realtime reader was sent', () => {
  it('is marked as delivered within about a second, by the ping that the reader answered', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader();
    await author.request('new', { chatId: ben, message: 'Hi', clientMessageId: 'c1' });
    const began = Date.now();
    await told(there, 'Hi');
    expect(await author.event('dlvrd')).toStrictEqual({
      type: 'event',
      id: 1,
      timestamp: aTime,
      eventType: 'dlvrd',
      payload: { chatId: ben, messageId: 1, clientMessageId: 'c1', timestamp: aTime, userId: ben },
    });
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(await statuses(author, ben)).toEqual(['unread']);
  });

  it('is not received with what was sent to it, but with the answer to a ping sent afterwards', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    await sendText(author, ben, 'Hi');
    await told(there, 'Hi');
    const payload = await nextPing(there);
    await there.settled();
    expect(await statuses(author, ben)).toEqual(['undelivered']);
    there.socket.pong(payload);
    expect(await author.event('dlvrd')).toMatchObject({ payload: { messageId: 1 } });
  });

  it('is never marked where the reader answers no pings, and comes again until one answers', async () => {
    const { ben, author, reader } = await setScene();
    const deaf = await reader({ deaf: true });
    await sendText(author, ben, 'Hi');
    await told(deaf, 'Hi');
    await nextPing(deaf);
    await deaf.vanish();
    const stillDeaf = await reader({ deaf: true });
    await told(stillDeaf, 'Hi');
    await stillDeaf.close();
    expect(await statuses(author, ben)).toEqual(['undelivered']);
    expect(dlvrdTold(author)).toEqual([]);

    const there = await reader();
    await told(there, 'Hi');
    await author.event('dlvrd');
    await there.close();
    const again = await reader();
    await sendText(author, ben, 'marker');
    await told(again, 'marker');
    expect(textsTold(again)).toEqual(['marker']);
  });

  it('comes again with all that was not answered, in order and before what is new', async () => {
    const { ben, author, reader } = await setScene();
    const first = await reader({ deaf: true });
    for (const text of ['a', 'b']) await sendText(author, ben, text);
    await told(first, 'b');
    first.socket.pong(await nextPing(first));
    await author.event('dlvrd', ({ messageId }) => messageId === 2);
    for (const text of ['c', 'd']) await sendText(author, ben, text);
    await told(first, 'd');
    await first.vanish();
    await sendText(author, ben, 'e');

    const second = await reader();
    await sendText(author, ben, 'f');
    await told(second, 'f');
    expect(textsTold(second)).toEqual(['c', 'd', 'e', 'f']);
    await author.event('dlvrd', ({ messageId }) => messageId === 6);
    expect(await statuses(author, ben)).toEqual(Array.from({ length: 6 }, () => 'unread'));
  });

  it('is told of with all that one ping confirms by one mark, that names the newest', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    for (let number = 1; number <= 30; number++) await sendText(author, ben, `text ${number}`);
    await told(there, 'text 30');
    // The first may have gone before the last text.
    const payload = await nextPing(there);
    there.socket.pong(payload);
    const first = await author.event('dlvrd');
    if (first.payload?.messageId !== 30) {
      there.socket.pong(await nextPing(there));
      await author.event('dlvrd', ({ messageId }) => messageId === 30);
    }
    expect(dlvrdTold(author).length).toBeLessThanOrEqual(2);
    expect(await statuses(author, ben)).toEqual(Array.from({ length: 30 }, () => 'unread'));
  });

  it('is marked for each of its authors', async () => {
    const { ben, author, reader } = await setScene();
    const [cid] = freshUsers('Cid');
    const other = await server.connectRealtime(cid, { protocols: ['realtime.v1'] });
    const phone = await server.connect(cid, { acks: true });
    await sendText(author, ben, 'from Ann');
    await other.directMessage(ben, { message: 'from Cid' });
    const there = await reader();
    await Promise.all([told(there, 'from Ann'), told(there, 'from Cid')]);
    expect(await author.event('dlvrd')).toMatchObject({ payload: { chatId: ben, messageId: 1, userId: ben } });
    expect(await phone.event('dlvrd')).toMatchObject({ payload: { chatId: ben, messageId: 1, userId: ben } });
    await other.settled();
    const types = new Set(other.frames.map(({ type }) => type));
    expect([...types].filter((type) => !['Status', 'Presence', 'Pong', 'Error', 'Ack'].includes(type))).toEqual([]);
  });

  it('does not become read by it', async () => {
    const { ann, ben, author, reader } = await setScene();
    await reader();
    await sendText(author, ben, 'Hi');
    await author.event('dlvrd');
    const phone = await server.connect(ben);
    expect(await phone.request('chats')).toMatchObject({ chats: [{ id: ann, missed: 1 }] });
    expect(await history(phone, ann)).toMatchObject([{ status: 'unread' }]);
    expect(author.events('read')).toEqual([]);
  });

  it('that was marked in messaging already is no news, and comes to the realtime device all the same', async () => {
    const { ann, ben, author, reader } = await setScene();
    const known = await reader();
    await known.close();
    await sendText(author, ben, 'Hi');
    const phone = await server.connect(ben);
    await phone.request('read', { chatId: ann });
    await author.event('read');
    const there = await reader();
    await told(there, 'Hi');
    await sendText(author, ben, 'marker');
    await author.event('dlvrd');
    expect(dlvrdTold(author).map(({ payload }) => payload?.messageId)).toEqual([2]);
  });

  it('is received by each device by itself', async () => {
    const { ben, author, reader } = await setScene();
    const [phone, tablet] = [{ query: { device: 'phone' } }, { query: { device: 'tablet' } }];
    const deaf = await reader({ ...phone, deaf: true });
    const hearing = await reader(tablet);
    await sendText(author, ben, 'Hi');
    await Promise.all([told(deaf, 'Hi'), told(hearing, 'Hi'), author.event('dlvrd')]);
    await Promise.all([deaf.close(), hearing.close()]);

    const [phoneAgain, tabletAgain] = [await reader(phone), await reader(tablet)];
    await sendText(author, ben, 'marker');
    await Promise.all([told(phoneAgain, 'marker'), told(tabletAgain, 'marker')]);
    expect(textsTold(phoneAgain)).toEqual(['Hi', 'marker']);
    expect(textsTold(tabletAgain)).toEqual(['marker']);
    await author.event('dlvrd', ({ messageId }) => messageId === 2);
    expect(dlvrdTold(author).map(({ payload }) => payload?.messageId)).toEqual([1, 2]);
  });

  it('is received by a device of another dialect by itself too', async () => {
    const { ben, author, reader } = await setScene();
    const elsewhere = await server.connect(ben);
    await reader();
    await sendText(author, ben, 'Hi');
    await author.event('dlvrd');
    await elsewhere.event('new');
    await elsewhere.close();
    await (await server.connect(ben)).event('new', ({ message }) => message === 'Hi');
  });

  it('is received by none of two connections of a device for the other', async () => {
    const { ben, author, reader } = await setScene();
    const [deaf, hearing] = [await reader({ deaf: true }), await reader()];
    await sendText(author, ben, 'Hi');
    await Promise.all([told(deaf, 'Hi'), told(hearing, 'Hi'), author.event('dlvrd')]);
    await hearing.close();
    await deaf.close();
    // One device: what one of its connections has received it has.
    const again = await reader();
    await sendText(author, ben, 'marker');
    await told(again, 'marker');
    expect(textsTold(again)).toEqual(['marker']);
  });

  it('to a device that was never there before begins with what is not marked as delivered', async () => {
    const { ben, author, reader } = await setScene();
    const first = await reader();
    await sendText(author, ben, 'had elsewhere');
    await author.event('dlvrd');
    await first.close();
    await sendText(author, ben, 'not had');
    const fresh = await reader({ query: { device: 'fresh' } });
    await told(fresh, 'not had');
    expect(textsTold(fresh)).toEqual(['not had']);
  });
});

describe('a pong', () => {
  /** Sends what `answer` says to, then lets the reader come again. @returns what comes again */
  const comesAgainAfter = async (answer: (there: RealtimeClient, ping: string) => void): Promise<unknown[]> => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    await sendText(author, ben, 'Hi');
    await told(there, 'Hi');
    answer(there, await nextPing(there));
    await there.settled();
    await there.close();
    const again = await reader({ deaf: true });
    await sendText(author, ben, 'marker');
    await told(again, 'marker');
    expect(dlvrdTold(author)).toEqual([]);
    expect(await statuses(author, ben)).toEqual(['undelivered', 'undelivered']);
    return textsTold(again);
  };

  it.each<[string, (there: RealtimeClient, ping: string) => void]>([
    [
      'of another payload',
      (there, ping) => {
        there.socket.pong(`${ping}0`);
      },
    ],
    [
      'of a part of the payload',
      (there, ping) => {
        there.socket.pong(ping.slice(0, -1));
      },
    ],
    [
      'without a payload',
      (there) => {
        there.socket.pong();
      },
    ],
    [
      'of a place that was never sent',
      (there) => {
        there.socket.pong('p1000.1000');
      },
    ],
    [
      'in words of the dialect',
      (there, ping) => {
        there.send({ type: 'Pong', data: { timestamp: ping } });
      },
    ],
  ])('%s confirms nothing', async (_which, answer) => {
    expect(await comesAgainAfter(answer)).toEqual(['Hi', 'marker']);
  });

  it('that nobody asked for does no harm, and the right one still counts behind it', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    there.socket.pong('p1.');
    there.socket.pong('x'.repeat(125));
    await sendText(author, ben, 'Hi');
    await told(there, 'Hi');
    const ping = await nextPing(there);
    there.socket.pong('p7.');
    there.socket.pong(ping);
    there.socket.pong(ping);
    await author.event('dlvrd');
    await sendText(author, ben, 'Ho');
    await told(there, 'Ho');
    const next = await nextPing(there);
    there.socket.pong(ping);
    await there.settled();
    expect(await statuses(author, ben)).toEqual(['unread', 'undelivered']);
    there.socket.pong(next);
    await author.event('dlvrd', ({ messageId }) => messageId === 2);
  });

  it('confirms only what was sent before its ping', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    await sendText(author, ben, 'before');
    await told(there, 'before');
    const ping = await nextPing(there);
    await sendText(author, ben, 'behind');
    await told(there, 'behind');
    there.socket.pong(ping);
    expect(await author.event('dlvrd')).toMatchObject({ payload: { messageId: 1 } });
    expect(await statuses(author, ben)).toEqual(['unread', 'undelivered']);
    const next = await nextPing(there);
    expect(next).not.toBe(ping);
    there.socket.pong(next);
    expect(await author.event('dlvrd')).toMatchObject({ payload: { messageId: 2 } });
  });

  it('to one ping is awaited before another is sent', async () => {
    const { ben, author, reader } = await setScene();
    const there = await reader({ deaf: true });
    const pings: string[] = [];
    there.socket.on('ping', (data) => pings.push(data.toString()));
    await sendText(author, ben, 'one');
    const ping = await nextPing(there);
    await sendText(author, ben, 'two');
    await told(there, 'two');
    // Another connection is asked in the same turns as this one would be.
    const other = await reader({ deaf: true, query: { device: 'other' } });
    await nextPing(other);
    expect(pings).toEqual([ping]);
  });
});

describe('where heartbeats come often', () => {
  let lively: TestServer;

  beforeAll(async () => {
    lively = await TestServer.start({ HEARTBEAT_S: '0.3', IDLE_TIMEOUT_S: '30' });
  });

  afterAll(() => lively.stop());

  it('their pongs confirm nothing, and the position is asked for until it is told', async () => {
    const { ben, author, reader } = await setScene(lively);
    const there = await reader({ deaf: true });
    const heartbeat = (data: Buffer): void => {
      if (data.length === 0) there.socket.pong();
    };
    there.socket.on('ping', heartbeat);
    await sendText(author, ben, 'Hi');
    await told(there, 'Hi');
    const asked = await nextPing(there);
    await nextPing(there, (payload) => payload === '');
    // RFC 6455 lets a client answer the last ping only: then the same is asked once more.
    expect(await nextPing(there)).toBe(asked);
    await there.settled();
    expect(await statuses(author, ben)).toEqual(['undelivered']);
    there.socket.pong(asked);
    await author.event('dlvrd');
    expect(textsTold(there)).toEqual(['Hi']);
  });

  it('a reader that answers all is marked as anywhere', async () => {
    const { ben, author, reader } = await setScene(lively);
    const there = await reader();
    for (const text of ['a', 'b', 'c']) {
      await sendText(author, ben, text);
      await told(there, text);
    }
    await author.event('dlvrd', ({ messageId }) => messageId === 3);
  });
});
