import { messagingDialect } from '../../src/dialects/messaging/messaging.dialect.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import type { DurableEvent, View } from '../../src/domain/events.js';
import { type ClientFixture, expectedFrame, loadFixtures, type ServerFixture } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const frames = loadFixtures('messaging').flatMap((fixture) => fixture.frames);
const clientFrames = frames.filter((frame): frame is ClientFixture => frame.direction === 'client');
const serverFrames = frames.filter((frame): frame is ServerFixture => frame.direction === 'server');

const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
const photo = { id: 9, number: 125, clientMessageId: '9CD99794-6D8E-4E82-9C97-D474831A43E3' };
const photoAttachments = [
  {
    type: 'image',
    id: 'img123',
    filename: 'photo.jpg',
    url: '<http://example.com/photo.jpg>',
    meta: { mimetype: 'image/jpeg', width: 1024, height: 768, size: 204800 },
  },
];

const change = (at: number) => ({ chat: dialog, change: 1, newest: 125, at, origin: { userId: 'User1' } });
const toUser1 = (eventId: number, view: Partial<View>): View => ({
  eventId,
  viewer: 'User1',
  chatId: 'User2',
  ...view,
});
const toUser2 = (eventId: number, view: Partial<View>): View => ({
  eventId,
  viewer: 'User2',
  chatId: 'User1',
  ...view,
});

function answer(id: string, payloadType: string, timestamp: number, payload: object): string {
  return messagingDialect.encodeAnswer({ id, payloadType }, { timestamp, ...payload }, timestamp);
}

function told(event: DurableEvent, view: View): string | undefined {
  return textOf(messagingDialect.encodeDurable(event)?.forView(view));
}

/** What stands behind each of the documents' server frames in the domain. */
const serverSays: Readonly<Record<string, () => string | undefined>> = {
  'overview: the server confirms the text': () => answer('req001', 'new', 1700000000000, { messageId: 5 }),
  'overview: User2 is online': () =>
    messagingDialect.encodeEphemeral({ type: 'online', userId: 'User2' }, 'User1', 1700000000000),

  'User2 sees that User1 types': () =>
    messagingDialect.encodeEphemeral({ type: 'typing', chat: dialog, userId: 'User1' }, 'User2', 1700500000000),
  'the server confirms the message': () =>
    answer('1', 'new', 1700200000000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User2 gets the message': () =>
    told(
      {
        ...change(1700300000000),
        type: 'messageSent',
        message: {
          ...photo,
          sender: 'User1',
          kind: 'new',
          text: 'Check out this photo!',
          attachmentsJson: JSON.stringify(photoAttachments),
          createdAt: 1700300000000,
        },
        bases: [],
      },
      toUser2(1, { missed: 1 }),
    ),
  'the server takes the delivered mark': () =>
    answer('101', 'dlvrd', 1700200000000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User1 learns that the message was delivered': () =>
    told({ type: 'chatMarked', mark: 'dlvrd', userId: 'User2', at: 1700200000000 }, toUser1(1, { marked: photo })),
  'the server takes the read mark': () =>
    answer('102', 'read', 1700200002000, {
      chatId: 'User1',
      messageId: 125,
      clientMessageId: photo.clientMessageId,
      missed: 0,
    }),
  'User1 learns that the message was read': () =>
    told({ type: 'chatMarked', mark: 'read', userId: 'User2', at: 1700200000000 }, toUser1(2, { marked: photo })),
  'the server confirms the deletion': () =>
    answer('2', 'delete', 1700400002000, { messageId: 125, clientMessageId: photo.clientMessageId }),
  'User2 learns that the message is deleted': () =>
    told({ ...change(1700500000000), type: 'messageDeleted', message: photo }, toUser2(2, {})),

  'User2 learns that User1 is online': () =>
    messagingDialect.encodeEphemeral({ type: 'online', userId: 'User1' }, 'User2', 1700400000000),
  'User2 learns that User1 is offline': () =>
    messagingDialect.encodeEphemeral({ type: 'offline', userId: 'User1' }, 'User2', 1700400000000),

  'the server has the ack of event 23': () => messagingDialect.encodeAcked('23', 1700200000000),

  'the server takes the mark for the newest message': () => answer('14', 'dlvrd', 1714343766000, { messageId: 15 }),
  'User2 learns once that everything was delivered': () =>
    told(
      { type: 'chatMarked', mark: 'dlvrd', userId: 'User1', at: 1714343766000 },
      toUser2(6, { marked: { number: 15 } }),
    ),
};

describe('the golden frames of messaging', () => {
  it('are told apart by their names', () => {
    expect(new Set(frames.map(({ name }) => name)).size).toBe(frames.length);
  });

  it('have something in the domain behind each frame of the server', () => {
    expect(serverFrames.map(({ name }) => name).sort()).toEqual(Object.keys(serverSays).sort());
  });

  it.each(clientFrames.map((fixture) => [fixture.name, fixture] as const))('are understood: %s', (_, fixture) => {
    const { frame, decoded } = fixture;
    const asking = frame.type === 'ack' ? {} : { payload: frame.payload, mayHoldEscapes: false };
    expect(messagingDialect.decode(Buffer.from(JSON.stringify(frame)), false)).toEqual({ ...decoded, ...asking });
  });

  it.each(serverFrames.map((fixture) => [fixture.name, fixture] as const))('are spoken: %s', (name, fixture) => {
    expect(JSON.parse(serverSays[name]?.() ?? 'null')).toEqual(expectedFrame(fixture));
  });
});
