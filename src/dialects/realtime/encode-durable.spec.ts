import { callChanges, ENDED } from '../../../test/support/call-changes.js';
import { textOf } from '../../../test/support/frame-text.js';
import type { Channel, Thread } from '../../domain/channels.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { DurableEvent, EphemeralEvent } from '../../domain/events.js';
import type { Message } from '../../domain/message.js';
import { chatIdFor } from '../../domain/chat.js';
import { realtimeDialect } from './realtime.dialect.js';

const { extended } = realtimeDialect;

const dialog: ChatAddress = { id: 1, kind: 'dialog', users: ['User1', 'User2'] };
const favorites: ChatAddress = { id: 2, kind: 'favorites', users: ['User1', 'User1'] };
const publicId = `g_${'x'.repeat(22)}`;
const group: ChatAddress = { id: 3, kind: 'group', publicId };
const topic = `chat.${publicId}`;
const channel: ChatAddress = { id: 4, kind: 'channel', publicId: `c_${'x'.repeat(22)}`, name: 'general' };
const described: Channel = {
  ...{ id: 4, publicId: `c_${'x'.repeat(22)}`, name: 'general', ordinality: 0, capabilities: [], createdAt: 1 },
};
const thread: Thread = { id: 7, channelId: 4, messageId: 9, createdBy: 5, createdAt: 1, name: 'Lunch' };

const message: Message = { id: 9, number: 1, sender: 'User1', kind: 'new', text: 'hi', createdAt: 1_000 };
const change = { chat: dialog, change: 1, newest: 1, at: 2_000, origin: { userId: 'User1' } };

const sent = (fields: Partial<Message> = {}, chat = dialog): DurableEvent => ({
  ...{ ...change, chat, type: 'messageSent', bases: [] },
  message: { ...message, ...fields },
});

function frameFor(viewer: string, event: DurableEvent, dialect: typeof extended = realtimeDialect): string | undefined {
  const chatId = 'chat' in event ? chatIdFor(event.chat, viewer) : '';
  return textOf(dialect.encodeDurable(event)?.forView({ eventId: 1, viewer, chatId }));
}

function shownTo(viewer: string, event: DurableEvent, dialect: typeof extended = realtimeDialect): unknown {
  const frame = frameFor(viewer, event, dialect);
  return frame === undefined ? undefined : JSON.parse(frame);
}

describe('encodeDurable', () => {
  describe('of a message in a dialog', () => {
    const data = {
      from_user: 'User1',
      payload: { message: 'hi', attachments: [] },
      metadata: { sent_at: 1_000, message_id: 'dm_9' },
    };

    it('shows it to the other user, and to nobody else', () => {
      expect(shownTo('User2', sent())).toEqual({ type: 'DirectMessage', data });
      expect(shownTo('User1', sent())).toBeUndefined();
    });

    it('shows it to oneself in the chat with oneself', () => {
      expect(shownTo('User1', sent({}, favorites))).toEqual({ type: 'DirectMessage', data });
    });

    it('hands payload and metadata on byte for byte', () => {
      const frame = frameFor('User2', sent({ payloadJson: '{"message":"hi", "n": 1.0}', metadataJson: '{"ttl":1.0}' }));
      expect(frame).toBe(
        '{"type":"DirectMessage","data":{"from_user":"User1","payload":{"message":"hi", "n": 1.0},' +
          '"metadata":{"ttl":1.0,"sent_at":1000,"message_id":"dm_9"}}}',
      );
    });

    it.each([
      [{ text: 'hi', attachmentsJson: '[{"id": 1.0}]' }, '{"message":"hi","attachments":[{"id": 1.0}]}'],
      [{ text: 'hi', attachmentsJson: '[]' }, '{"message":"hi","attachments":[]}'],
      [{ text: 'hi', attachmentsJson: undefined }, '{"message":"hi","attachments":[]}'],
      [{ text: undefined, attachmentsJson: '[{}]' }, '{"attachments":[{}]}'],
    ])('makes a payload of what came from another dialect: %j', (fields, payload) => {
      expect(frameFor('User2', sent(fields))).toContain(`"payload":${payload},`);
    });
  });

  describe('of a message in a group', () => {
    it("shows it to everybody as a broadcast on the group's topic", () => {
      const data = {
        topic,
        payload: { message: 'hi', attachments: [] },
        from_user: 'User1',
        metadata: { sent_at: 1_000, message_id: 'broadcast_9' },
      };
      for (const viewer of ['User1', 'User2']) {
        expect(shownTo(viewer, sent({}, group))).toEqual({ type: 'Broadcast', data });
      }
    });
  });

  describe('of a message in a channel', () => {
    it("is a broadcast on the topic of the channel's name, one frame for all", () => {
      expect(shownTo('User2', sent({}, channel))).toEqual({
        type: 'Broadcast',
        data: {
          topic: 'chat.general',
          payload: { message: 'hi', attachments: [] },
          from_user: 'User1',
          metadata: { sent_at: 1_000, message_id: 'broadcast_9' },
        },
      });
      const encoded = realtimeDialect.encodeDurable(sent({}, channel));
      const frames = ['User1', 'User2'].map((viewer) => encoded?.forView({ eventId: 1, viewer, chatId: '' }));
      expect(frames[0]).toBe(frames[1]);
    });
  });

  it.each<[string, DurableEvent]>([
    ['calls', sent({ kind: 'call' })],
    ['messages that are gone by now', sent({ text: undefined, deletedAt: 3_000 })],
    ['edits', { ...change, type: 'messageEdited', message }],
    ['deletions', { ...change, type: 'messageDeleted', message }],
    ['reactions', { ...change, type: 'messageReacted', message, reaction: '👍', adding: true, reactionsJson: '{}' }],
    ['marks', { type: 'chatMarked', mark: 'read', userId: 'User1', at: 1 }],
    ['what describes channels', { type: 'channelChanged', chat: channel, at: 1, news: 'updated', channel: described }],
    ['threads', { ...change, chat: channel, type: 'threadCreated', thread }],
    ['chats', { type: 'chatState', state: { chatId: publicId, kind: 'group', missed: 0 }, at: 1 }],
    ...callChanges({ ...change, message }, ENDED).map((event): [string, DurableEvent] => [event.type, event]),
  ])('does not show %s', (_, event) => {
    expect(realtimeDialect.encodeDurable(event)).toBeUndefined();
  });
});

describe('encodeDurable, extended', () => {
  it('shows a direct message to its author elsewhere, and names the other user to it alone', () => {
    const data = {
      from_user: 'User1',
      payload: { message: 'hi', attachments: [] },
      metadata: { sent_at: 1_000, message_id: 'dm_9' },
    };
    expect(shownTo('User2', sent(), extended)).toEqual({ type: 'DirectMessage', data });
    expect(shownTo('User1', sent(), extended)).toEqual({ type: 'DirectMessage', data: { ...data, to_user: 'User2' } });
  });

  it('shows a message in a group as ever', () => {
    expect(frameFor('User1', sent({}, group), extended)).toBe(frameFor('User1', sent({}, group)));
  });

  const metadata = { sent_at: 2_000, message_id: 'dm_9' };
  const touched: readonly [string, DurableEvent, object][] = [
    [
      'X-Edit',
      { ...change, type: 'messageEdited', message: { ...message, text: 'hello', updatedAt: 2_000 } },
      { payload: { message: 'hello', attachments: [] }, metadata },
    ],
    ['X-Delete', { ...change, type: 'messageDeleted', message }, { metadata }],
    ['X-Delete', sent({ text: undefined, deletedAt: 2_000 }), { metadata }],
    [
      'X-Reactions',
      { ...change, type: 'messageReacted', message, reaction: '👍', adding: true, reactionsJson: '{"👍":2}' },
      { reaction: '👍', adding: true, reactions: { '👍': 2 }, metadata },
    ],
  ];

  it.each(touched)('tells by %s what was done in a dialog', (type, event, what) => {
    const data = { message_id: 'dm_9', from_user: 'User1', ...what };
    expect(shownTo('User2', event, extended)).toEqual({ type, data });
    expect(shownTo('User1', event, extended)).toEqual({ type, data: { ...data, to_user: 'User2' } });
  });

  it.each(touched)('tells by %s what was done in a group', (type, event, what) => {
    const inGroup = { ...event, chat: group } as DurableEvent;
    const messageId = 'broadcast_9';
    const data = { topic, from_user: 'User1', ...what, message_id: messageId };
    expect(shownTo('User1', inGroup, extended)).toEqual({
      type,
      data: { ...data, metadata: { ...metadata, message_id: messageId } },
    });
    expect(frameFor('User2', inGroup, extended)).toBe(frameFor('User1', inGroup, extended));
  });

  it.each(touched)('tells by %s what was done in a channel, which its topic names', (type, event) => {
    const data = expect.objectContaining({ topic: 'chat.general', message_id: 'broadcast_9' }) as unknown;
    expect(shownTo('User2', { ...event, chat: channel } as DurableEvent, extended)).toEqual({ type, data });
  });

  it.each<DurableEvent>([
    { type: 'channelChanged', chat: channel, at: 1, news: 'deleted', channel: described },
    { ...change, chat: channel, type: 'threadCreated', thread },
  ])('does not show what describes a channel: $type', (event) => {
    expect(extended.encodeDurable(event)).toBeUndefined();
  });

  it('does not show calls', () => {
    expect(extended.encodeDurable(sent({ kind: 'call' }))).toBeUndefined();
    for (const event of callChanges({ ...change, message }, ENDED)) {
      expect(extended.encodeDurable(event)).toBeUndefined();
    }
  });
});

describe('encodeEphemeral, extended', () => {
  it.each<[EphemeralEvent, string, object]>([
    [{ type: 'typing', chat: dialog, userId: 'User1' }, 'User2', { from_user: 'User1' }],
    [{ type: 'typing', chat: dialog, userId: 'User1', stop: true }, 'User2', { from_user: 'User1', stop: true }],
    [{ type: 'typing', chat: dialog, userId: 'User1' }, 'User1', { from_user: 'User1', to_user: 'User2' }],
    [{ type: 'typing', chat: group, userId: 'User1' }, 'User2', { from_user: 'User1', topic }],
    [
      { type: 'typing', chat: channel, userId: 'User1', userNumber: 5, threadId: 7 },
      'User2',
      { from_user: 'User1', topic: 'chat.general' },
    ],
  ])('tells that somebody types: %j to %s', (event, viewer, data) => {
    expect(JSON.parse(extended.encodeEphemeral(event, viewer, 5) ?? '')).toEqual({ type: 'X-Typing', data });
  });

  it('tells all else as ever', () => {
    expect(extended.encodeEphemeral({ type: 'reconnect', afterMs: 5 }, 'User1', 5)).toContain('draining');
  });
});
