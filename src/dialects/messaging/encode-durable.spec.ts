import fc from 'fast-check';

import { textOf } from '../../../test/support/frame-text.js';
import type { MessageSent } from '../../domain/changes.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { ChatState, DurableEvent, View } from '../../domain/events.js';
import type { Message } from '../../domain/message.js';
import { encodeDurable } from './encode-durable.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const change = { chat: dialog, change: 130, newest: 125, at: 2_000, origin: { userId: 'User1' } };
const message: Message = {
  id: 9,
  number: 125,
  sender: 'User1',
  clientMessageId: 'c1',
  kind: 'new',
  text: 'hi',
  createdAt: 1_000,
};
const view: View = { eventId: 3, viewer: 'User2', chatId: 'User1' };

const sent = (fields: Partial<Message> = {}): MessageSent => ({
  ...change,
  type: 'messageSent',
  message: { ...message, ...fields },
  bases: [],
});

const encode = (event: DurableEvent, seenBy: View = view): string =>
  textOf(encodeDurable(event)?.forView(seenBy)) ?? '';
const payloadOf = (event: DurableEvent, seenBy: View = view): unknown =>
  (JSON.parse(encode(event, seenBy)) as { payload: unknown }).payload;

describe('encodeDurable', () => {
  describe('of a message sent', () => {
    it('writes the event new for its viewer', () => {
      expect(JSON.parse(encode(sent(), { ...view, missed: 4 }))).toEqual({
        type: 'event',
        id: 3,
        timestamp: 2_000,
        eventType: 'new',
        payload: {
          chatId: 'User1',
          missed: 4,
          sender: 'User1',
          messageId: 125,
          clientMessageId: 'c1',
          message: 'hi',
          timestamp: 1_000,
          status: 'undelivered',
        },
      });
    });

    it('gives each viewer its own id, chat and count', () => {
      const encoded = encodeDurable(sent());
      const frames = [
        encoded?.forView({ eventId: 1, viewer: 'User2', chatId: 'User1', missed: 1 }),
        encoded?.forView({ eventId: 9, viewer: 'User1', chatId: 'User2', missed: 0 }),
      ].map((frame) => JSON.parse(textOf(frame) ?? '') as unknown);
      expect(frames).toMatchObject([
        { id: 1, payload: { chatId: 'User1', missed: 1 } },
        { id: 9, payload: { chatId: 'User2', missed: 0 } },
      ]);
    });

    it('hands attachments, payload and what was forwarded on byte for byte', () => {
      const raw = '[{"size": 1.0, "b":1, "a":1}]';
      const frame = encode(sent({ text: undefined, attachmentsJson: raw, payloadJson: raw, forwardedJson: raw }));
      expect(frame).toContain(`"payload":${raw},"attachments":${raw},"forwarded":${raw}`);
    });

    it('does not repeat as payload what its text says', () => {
      expect(payloadOf(sent({ payloadJson: '{"message":"hi"}' }))).not.toHaveProperty('payload');
    });

    it('quotes the message that it answers', () => {
      expect(payloadOf(sent({ replyTo: { number: 3, sender: 'User2', text: 'and?', createdAt: 5 } }))).toMatchObject({
        replyTo: { messageId: 3, sender: 'User2', message: 'and?', createdAt: 5 },
      });
    });

    it('shows its present state when it was edited and reacted to meanwhile', () => {
      expect(payloadOf(sent({ updatedAt: 1_500, reactionsJson: '{"👍":2}' }))).toMatchObject({
        updatedAt: 1_500,
        reactions: { '👍': 2 },
      });
    });

    it('does not speak of reactions that were all taken back', () => {
      expect(payloadOf(sent({ reactionsJson: '{}' }))).not.toHaveProperty('reactions');
    });

    it('tells a message that is deleted by now as a deletion', () => {
      expect(JSON.parse(encode(sent({ text: undefined, deletedAt: 1_800 }), { ...view, missed: 4 }))).toEqual({
        type: 'event',
        id: 3,
        timestamp: 1_800,
        eventType: 'delete',
        payload: {
          chatId: 'User1',
          messageId: 125,
          clientMessageId: 'c1',
          originalMessageId: 125,
          originalClientMessageId: 'c1',
          timestamp: 1_800,
        },
      });
    });
  });

  it('tells an edit with what the message holds now, also that it has no attachments', () => {
    expect(payloadOf({ ...change, type: 'messageEdited', message: { ...message, text: 'hello' } })).toEqual({
      chatId: 'User1',
      messageId: 125,
      clientMessageId: 'c1',
      originalMessageId: 125,
      originalClientMessageId: 'c1',
      message: 'hello',
      attachments: [],
      timestamp: 2_000,
    });
  });

  it('tells an edit that has no text by its payload', () => {
    const edited = { ...message, text: undefined, payloadJson: '{"n": 1.0}' };
    expect(encode({ ...change, type: 'messageEdited', message: edited })).toContain('"payload":{"n": 1.0}');
  });

  it('tells a deletion of a message without a client id', () => {
    expect(payloadOf({ ...change, type: 'messageDeleted', message: { number: 125 } })).toEqual({
      chatId: 'User1',
      messageId: 125,
      originalMessageId: 125,
      timestamp: 2_000,
    });
  });

  it('tells a reaction with all that there are now', () => {
    const reacted = { reaction: '👍', adding: true, reactionsJson: '{"👍":2}' } as const;
    expect(payloadOf({ ...change, type: 'messageReacted', message, ...reacted })).toEqual({
      chatId: 'User1',
      messageId: 125,
      clientMessageId: 'c1',
      userId: 'User1',
      reaction: '👍',
      adding: true,
      reactions: { '👍': 2 },
      timestamp: 2_000,
    });
  });

  it("does not tell what describes a channel: its members see that in the chat's state", () => {
    const chat: ChatAddress = { id: 4, kind: 'channel', publicId: 'c_1', name: 'general' };
    const channel = { id: 4, publicId: 'c_1', name: 'general', ordinality: 0, capabilities: [], createdAt: 1 };
    const thread = { id: 7, channelId: 4, messageId: 9, createdBy: 5, createdAt: 1, name: 'Lunch' };
    expect(encodeDurable({ type: 'channelChanged', chat, at: 1, news: 'updated', channel })).toBeUndefined();
    expect(encodeDurable({ ...change, chat, type: 'threadCreated', thread })).toBeUndefined();
  });

  describe('of a mark', () => {
    const read: DurableEvent = { type: 'chatMarked', mark: 'read', userId: 'User2', at: 2_000 };

    it("names the author's own newest message", () => {
      const author: View = { eventId: 2, viewer: 'User1', chatId: 'User2', marked: { number: 124 } };
      expect(JSON.parse(encode(read, author))).toEqual({
        type: 'event',
        id: 2,
        timestamp: 2_000,
        eventType: 'read',
        payload: { chatId: 'User2', messageId: 124, timestamp: 2_000, userId: 'User2' },
      });
    });

    it("tells the reader's other devices what is missed now", () => {
      expect(payloadOf(read, { ...view, marked: { number: 125, clientMessageId: 'c1' }, missed: 0 })).toEqual({
        chatId: 'User1',
        messageId: 125,
        clientMessageId: 'c1',
        timestamp: 2_000,
        userId: 'User2',
        missed: 0,
      });
    });
  });

  describe("of a chat's state", () => {
    const group: ChatState = { chatId: 'g_1', kind: 'group', name: 'Lunch', missed: 2 };
    const show = (state: ChatState, viewer: string): unknown =>
      payloadOf({ type: 'chatState', state, at: 2_000 }, { eventId: 1, viewer, chatId: state.chatId });

    it('lists it like an entry of chats', () => {
      const state: ChatState = {
        ...group,
        photoUrl: 'https://example.org/lunch.png',
        firstMissed: { number: 8, clientMessageId: 'c8' },
        lastMessage: { number: 9, text: 'Pizza?', createdAt: 900, sender: 'User1', status: 'undelivered' },
      };
      expect(show(state, 'User1')).toEqual({
        chats: [
          {
            type: 'group',
            id: 'g_1',
            name: 'Lunch',
            photoUrl: 'https://example.org/lunch.png',
            lastMessageId: 9,
            lastMessageText: 'Pizza?',
            lastMessageTime: 900,
            lastMessageAuthor: 'User1',
            lastMessageStatus: 'undelivered',
            isMine: true,
            missed: 2,
            firstMissed: 'c8',
            firstMissedId: 8,
          },
        ],
      });
    });

    it('leaves out what an empty chat does not have', () => {
      expect(show(group, 'User2')).toEqual({ chats: [{ type: 'group', id: 'g_1', name: 'Lunch', missed: 2 }] });
    });

    it('tells nothing but the removal of a chat that is gone', () => {
      expect(show({ ...group, removed: true }, 'User2')).toEqual({
        chats: [{ type: 'group', id: 'g_1', removed: true }],
      });
    });
  });

  it('writes for any message what JSON.stringify would write of the whole frame', () => {
    fc.assert(
      fc.property(anyMessage, anyView, (any, seenBy) => {
        const frame = encode(sent(any), seenBy);
        expect(canonical(JSON.parse(frame))).toBe(canonical(naiveNew(sent(any).message, seenBy)));
      }),
    );
  });
});

/** Well-formed, and rich in what JSON writers get wrong. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\u2028', '\u2029', '\u0001', '👍', '{', '}', ',', '__proto__') }),
);
const anyJson = fc
  .oneof(fc.jsonValue({ stringUnit: 'grapheme' }), fc.dictionary(fc.constantFrom('__proto__', 'a"', '\u2028'), anyText))
  .map((value) => JSON.stringify(value));
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const anyMessage: fc.Arbitrary<Partial<Message>> = fc.record({
  number: fc.nat(),
  sender: anyText,
  senderName: optional(anyText),
  clientMessageId: optional(anyText),
  text: optional(anyText),
  payloadJson: optional(anyJson),
  attachmentsJson: optional(anyJson),
  forwardedJson: optional(anyJson),
  replyTo: optional(fc.record({ number: fc.nat(), sender: anyText, text: optional(anyText), createdAt: fc.nat() })),
  createdAt: fc.nat(),
  updatedAt: optional(fc.nat()),
});

const anyView: fc.Arbitrary<View> = fc.record({
  eventId: fc.nat(),
  viewer: anyText,
  chatId: anyText,
  missed: optional(fc.nat()),
});

function naiveNew(any: Message, { eventId, chatId, missed }: View): unknown {
  const parse = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
  const { number: messageId, sender, senderName, clientMessageId, replyTo, createdAt, updatedAt } = any;
  return {
    type: 'event',
    id: eventId,
    timestamp: change.at,
    eventType: 'new',
    payload: {
      ...{ chatId, sender, senderName, messageId, clientMessageId, message: any.text, missed, updatedAt },
      payload: any.text === undefined ? parse(any.payloadJson) : undefined,
      attachments: parse(any.attachmentsJson),
      forwarded: parse(any.forwardedJson),
      replyTo: replyTo && {
        messageId: replyTo.number,
        sender: replyTo.sender,
        message: replyTo.text,
        createdAt: replyTo.createdAt,
      },
      timestamp: createdAt,
      status: 'undelivered',
    },
  };
}

/** The same text for the same members in whatever order; unlike `toEqual` it sees a member called `__proto__`. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.entries(member)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  });
}
