import { concordDialect } from '../../src/dialects/concord/concord.dialect.js';
import type { Channel } from '../../src/domain/channels.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { BadRequestError, NotFoundError, RateLimitedError } from '../../src/domain/errors.js';
import type { DurableEvent, EphemeralEvent } from '../../src/domain/events.js';
import type { Message } from '../../src/domain/message.js';
import { type ClientFixture, expectedFrame, loadFixtures, type ServerFixture } from '../support/fixtures.js';
import { textOf } from '../support/frame-text.js';

const frames = loadFixtures('concord').flatMap((fixture) => fixture.frames);
const clientFrames = frames.filter((frame): frame is ClientFixture => frame.direction === 'client');
const serverFrames = frames.filter((frame): frame is ServerFixture => frame.direction === 'server');

const publicId = 'c_AAAAAAAAAAAAAAAAAAAAAA';
const channel: ChatAddress = { id: 123, kind: 'channel', publicId, name: 'general' };
const change = { chat: channel, change: 5, newest: 2, at: 123456789, origin: { userId: 'User1' } };
const message: Message = {
  ...{ id: 123, number: 2, sender: 'User1', senderNumber: 1234, kind: 'new' },
  ...{ text: 'Hello, this is my message!', createdAt: 123456789 },
};
const ref = { id: 1234, number: 2 };
const general: Channel = {
  ...{ id: 1, publicId, ordinality: 0, name: 'general', capabilities: ['TEXT'], createdAt: 123456789 },
};
const lunch: Channel = {
  ...{ ...general, id: 7, parentId: 3, ordinality: 1, name: 'lunch', description: 'What is there to eat' },
  createdBy: 1234,
};

function durable(event: DurableEvent): string | undefined {
  return textOf(concordDialect.encodeDurable(event)?.forView({ eventId: 1, viewer: 'User2', chatId: publicId }));
}

function described(news: 'created' | 'updated' | 'deleted', what: Channel): string | undefined {
  return durable({ type: 'channelChanged', chat: { ...channel, id: what.id }, at: 123456789, news, channel: what });
}

const told = (event: EphemeralEvent, now = 1234567): string | undefined =>
  concordDialect.encodeEphemeral(event, 'User2', now);
const status = (value: 'offline' | 'online' | 'away' | 'busy') => () =>
  told({ type: 'userStatus', userNumber: 5, status: value });

/** What stands behind each of the server frames in the domain. */
const serverSays: Readonly<Record<string, () => string | undefined>> = {
  'others see that somebody types': () =>
    told({ type: 'typing', chat: { ...channel, id: 456 }, userId: 'User1', userNumber: 123 }),
  'everybody gets the chat': () => durable({ ...change, type: 'messageSent', message, bases: [] }),
  'everybody sees that a chat is gone': () => durable({ ...change, type: 'messageDeleted', message: ref }),
  'everybody sees the edit': () =>
    durable({
      ...{ ...change, type: 'messageEdited' },
      message: { ...message, ...ref, text: 'This is my edited chat message content!', updatedAt: 123456790 },
    }),
  'everybody sees the reactions': () =>
    durable({
      ...{ ...change, type: 'messageReacted', message: ref, reaction: '😂', adding: true },
      reactionsJson: '{"😂":5,"✔️":2}',
    }),

  'others see that somebody types in a thread': () =>
    told({ type: 'typing', chat: channel, userId: 'User1', userNumber: 5, threadId: 9 }),
  'everybody gets the chat of the thread': () =>
    durable({
      ...{ ...change, type: 'messageSent', bases: [] },
      message: { ...message, id: 1235, senderNumber: 5, text: 'Soup', createdAt: 123456790, threadId: 9 },
    }),
  'everybody sees the new thread': () =>
    durable({
      ...{ ...change, type: 'threadCreated' },
      thread: { id: 9, channelId: 123, messageId: 1234, createdBy: 5, createdAt: 123456789, name: 'About lunch' },
    }),

  'everybody sees the new channel': () => described('created', lunch),
  'everybody sees what a channel has become': () => described('updated', general),
  'everybody sees that a channel is gone': () => described('deleted', lunch),

  'everybody sees the new user': () => told({ type: 'userJoined', userNumber: 5 }),
  'everybody sees that a user is offline': status('offline'),
  'everybody sees that a user is online': status('online'),
  'everybody sees that a user is away': status('away'),
  'everybody sees that a user does not want to be disturbed': status('busy'),

  'the server says when to come back': () => told({ type: 'reconnect', afterMs: 250 }),

  'the server knows no such channel': () =>
    concordDialect.encodeError(
      { id: null, payloadType: 'chat_written' },
      new NotFoundError('there is no such channel', { field: 'payload.channelId' }),
    ),
  'the server names the field at fault': () =>
    concordDialect.encodeError({ id: null, payloadType: 'chat_written' }, BadRequestError.at('payload.content')),
  'the server says how long to wait': () => concordDialect.encodeError({ id: null }, new RateLimitedError(40)),
};

describe('the golden frames of concord', () => {
  it('are told apart by their names', () => {
    expect(new Set(frames.map(({ name }) => name)).size).toBe(frames.length);
  });

  it('have something in the domain behind each frame of the server', () => {
    expect(serverFrames.map(({ name }) => name).sort()).toEqual(Object.keys(serverSays).sort());
  });

  it.each(clientFrames.map((fixture) => [fixture.name, fixture] as const))('are understood: %s', (_, fixture) => {
    const { frame, decoded } = fixture;
    expect(concordDialect.decode(Buffer.from(JSON.stringify(frame)), false)).toEqual(decoded);
  });

  it.each(serverFrames.map((fixture) => [fixture.name, fixture] as const))('are spoken: %s', (name, fixture) => {
    // As text: the members come in the order in which the document has them.
    expect(serverSays[name]?.()).toBe(JSON.stringify(expectedFrame(fixture)));
  });
});
