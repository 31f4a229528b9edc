import { callChanges, ENDED } from '../../../test/support/call-changes.js';
import { textOf } from '../../../test/support/frame-text.js';
import type { Channel } from '../../domain/channels.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { DurableEvent } from '../../domain/events.js';
import type { Message } from '../../domain/message.js';
import { encodeDurable } from './encode-durable.js';

const channel: ChatAddress = { id: 123, kind: 'channel', publicId: `c_${'x'.repeat(22)}`, name: 'general' };
const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 2, kind: 'group', publicId: `g_${'x'.repeat(22)}` };
const change = { chat: channel, change: 3, newest: 2, at: 2_000, origin: { userId: 'User1' } };
const message: Message = {
  id: 1234,
  number: 2,
  sender: 'User1',
  senderNumber: 5,
  kind: 'new',
  text: 'hi',
  createdAt: 1_000,
};
const described: Channel = {
  id: 123,
  publicId: `c_${'x'.repeat(22)}`,
  ordinality: 0,
  name: 'general',
  capabilities: ['TEXT'],
  createdAt: 500,
};

const sent = (fields: Partial<Message> = {}): DurableEvent => ({
  ...{ ...change, type: 'messageSent', bases: [] },
  message: { ...message, ...fields },
});
const edited = (fields: Partial<Message> = {}): DurableEvent => ({
  ...{ ...change, type: 'messageEdited' },
  message: { ...message, updatedAt: 2_000, ...fields },
});
const reacted: DurableEvent = {
  ...{ ...change, type: 'messageReacted', reaction: '😂', adding: true, reactionsJson: '{"😂": 5, "2":1.0}' },
  message: { id: 1234, number: 2 },
};
const news = (what: 'created' | 'updated' | 'deleted', fields: Partial<Channel> = {}): DurableEvent => ({
  ...{ type: 'channelChanged', chat: channel, at: 2_000, news: what },
  channel: { ...described, ...fields },
});

const frameOf = (event: DurableEvent): string | undefined =>
  textOf(encodeDurable(event)?.forView({ eventId: 1, viewer: 'User2', chatId: '' }));

const DELETED = '{"type":"chat_deleted","chatId":1234,"channelId":123,"threadId":null}';

describe('encodeDurable', () => {
  describe('of a message', () => {
    it('shows it with its fields in the order of the document', () => {
      expect(frameOf(sent())).toBe(
        '{"type":"chat_sent","chat":{"id":1234,"createdAt":1000,"authorId":5,"channelId":123,"threadId":null,' +
          '"content":"hi","edited":false,"reactions":{}}}',
      );
    });

    it('shows it as it stands now', () => {
      const now = { threadId: 7, updatedAt: 2_000, reactionsJson: '{"✔️": 2}' };
      expect(frameOf(sent(now))).toBe(
        '{"type":"chat_sent","chat":{"id":1234,"createdAt":1000,"authorId":5,"channelId":123,"threadId":7,' +
          '"content":"hi","edited":true,"reactions":{"✔️": 2}}}',
      );
    });

    it('shows one that is gone by now as deleted', () => {
      expect(frameOf(sent({ text: undefined, deletedAt: 3_000 }))).toBe(DELETED);
    });

    it('names nobody as the author where nobody is known', () => {
      expect(frameOf(sent({ senderNumber: undefined }))).toContain('"authorId":0,');
    });

    it.each([undefined, ''])('shows nothing where the text is %p', (text) => {
      expect(frameOf(sent({ text, payloadJson: '{"n":1}', attachmentsJson: '[{}]' }))).toBeUndefined();
    });
  });

  describe('of what is done to a message', () => {
    it('shows an edit', () => {
      expect(frameOf(edited({ text: 'hello', threadId: 7 }))).toBe(
        '{"type":"chat_edited","chatId":1234,"channelId":123,"threadId":7,"content":"hello"}',
      );
    });

    it.each([undefined, ''])('shows an edit to the text %p as a deletion', (text) => {
      expect(frameOf(edited({ text }))).toBe(DELETED);
    });

    it('shows all of what had no text and was given one', () => {
      const given = { wasTextless: true, text: 'hello', threadId: 7, reactionsJson: '{"✔️": 2}' } as const;
      expect(frameOf(edited(given))).toBe(
        '{"type":"chat_sent","chat":{"id":1234,"createdAt":1000,"authorId":5,"channelId":123,"threadId":7,' +
          '"content":"hello","edited":true,"reactions":{"✔️": 2}}}',
      );
    });

    it('shows nothing of an edit of what had no text and has none now', () => {
      expect(frameOf(edited({ text: undefined, wasTextless: true }))).toBeUndefined();
    });

    it('shows a deletion', () => {
      expect(frameOf({ ...change, type: 'messageDeleted', message: { id: 1234, number: 2 } })).toBe(DELETED);
    });

    it('shows reactions, byte for byte as they are kept', () => {
      expect(frameOf(reacted)).toBe(
        '{"type":"chat_reactions_updated","chatId":1234,"channelId":123,"threadId":null,"reactions":{"😂": 5, "2":1.0}}',
      );
    });

    it.each<[string, DurableEvent]>([
      ['deleted', { ...change, type: 'messageDeleted', message: { id: 1234, number: 2, isTextless: true } }],
      ['reacted to', { ...reacted, message: { id: 1234, number: 2, isTextless: true } }],
      ['deleted, without an id', { ...change, type: 'messageDeleted', message: { number: 2 } }],
    ])('shows nothing of a message that nobody was shown: %s', (_, event) => {
      expect(encodeDurable(event)).toBeUndefined();
    });
  });

  describe('of what describes a channel', () => {
    it('shows a new one, with null for what it has not', () => {
      expect(frameOf(news('created'))).toBe(
        '{"type":"channel_created","channel":{"id":123,"parentChannelId":null,"ordinality":0,"name":"general",' +
          '"description":null,"capabilities":["TEXT"],"createdAt":500,"createdByUserId":0}}',
      );
    });

    it('shows all of one that has changed', () => {
      const fields = {
        parentId: 9,
        description: 'Lunch',
        createdBy: 5,
        ordinality: 2,
        capabilities: ['TEXT', 'AUDIO'],
      };
      expect(frameOf(news('updated', fields))).toBe(
        '{"type":"channel_updated","channel":{"id":123,"parentChannelId":9,"ordinality":2,"name":"general",' +
          '"description":"Lunch","capabilities":["TEXT","AUDIO"],"createdAt":500,"createdByUserId":5}}',
      );
    });

    it('shows that one is gone', () => {
      expect(frameOf(news('deleted'))).toBe('{"type":"channel_deleted","channelId":123}');
    });

    it('shows a new thread', () => {
      const thread = { id: 7, channelId: 123, messageId: 1234, createdBy: 5, createdAt: 2_000, name: 'Lunch' };
      expect(frameOf({ ...change, type: 'threadCreated', thread })).toBe(
        '{"type":"thread_created","thread":{"id":7,"channelId":123,"sourceChatId":1234,"creatorId":5,' +
          '"createdAt":2000,"name":"Lunch"}}',
      );
    });
  });

  it('makes one frame for all who are shown it', () => {
    const encoded = encodeDurable(sent());
    const frames = ['User1', 'User2'].map((viewer) => encoded?.forView({ eventId: 1, viewer, chatId: '' }));
    expect(frames[0]).toBe(frames[1]);
  });

  it.each([dialog, group])('shows nothing of a $kind', (chat) => {
    const events = [sent(), edited(), reacted, { ...change, type: 'messageDeleted', message }] as const;
    for (const event of events) expect(encodeDurable({ ...event, chat } as DurableEvent)).toBeUndefined();
  });

  it.each<DurableEvent>([
    { type: 'chatMarked', mark: 'read', userId: 'User1', at: 1 },
    { type: 'chatState', state: { chatId: `c_${'x'.repeat(22)}`, kind: 'channel', missed: 0 }, at: 1 },
    ...callChanges({ ...change, message }, ENDED),
  ])('shows nothing of %j', (event) => {
    expect(encodeDurable(event)).toBeUndefined();
  });
});
