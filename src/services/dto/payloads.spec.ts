import 'reflect-metadata';

import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { ChatDto, ChatsDto } from '../chats/chat.dto.js';
import { CreateChatDto, JoinChatDto, ParticipantsDto, UpdateChatDto } from '../chats/group.dto.js';
import { DirectMessageDto } from '../messages/direct-message.dto.js';
import { ExtendedDeleteDto, ExtendedEditDto, ExtendedReactionsDto } from '../messages/extensions.dto.js';
import { EditDto, MessageSelectorDto } from '../messages/message-selector.dto.js';
import { MessagesDto } from '../messages/messages.dto.js';
import { NewDto } from '../messages/new.dto.js';
import { ReactDto } from '../messages/react.dto.js';
import { PresenceDto, PresenceQueryDto, SetPresenceDto } from '../presence/presence.dto.js';
import { ExtendedTypingDto, TypingDto } from '../presence/typing.dto.js';
import { MarkDto } from '../receipts/mark.dto.js';
import { ReceiptsDto } from '../receipts/receipts.dto.js';

const MAX_DEPTH = 64;
const file = { type: 'file', id: 'a', filename: 'a', url: '<a>' };
const react = { chatId: 'User2', messageId: 1, reaction: '👍', adding: true };

function faultOf(type: PayloadClass, payload: object): string | undefined {
  return new PayloadValidator(type, MAX_DEPTH).faultyField(payload, true);
}

describe('payloads', () => {
  it.each<[PayloadClass, object]>([
    [NewDto, { chatId: 'User2', message: 'Hi' }],
    [
      NewDto,
      { chatId: 'User2', attachments: [{ ...file, meta: { size: 1 }, own: null }], replyTo: 1, forwarded: true },
    ],
    [NewDto, { chatId: 'User2', message: '', clientMessageId: 'x'.repeat(255), forwarded: { from: 'User3' } }],
    [EditDto, { chatId: 'User2', originalMessageId: 1, message: 'Hi', attachments: [] }],
    [MessageSelectorDto, { chatId: 'User2', clientMessageId: 'a', unknown: null }],
    [MarkDto, { chatId: 'User2' }],
    [MessagesDto, { chatId: 'User2', startId: 0, count: 500 }],
    [ReceiptsDto, { chatId: 'User2', messageId: 1, limit: 1, cursor: '' }],
    [ReactDto, react],
    [ReactDto, { ...react, reaction: 'x'.repeat(64) }],
    [ChatDto, { chatId: 'u'.repeat(128) }],
    [ChatsDto, {}],
    [CreateChatDto, { name: 'Friends', participants: ['User2'] }],
    [CreateChatDto, { name: 'Notes', participants: [] }],
    [UpdateChatDto, { chatId: 'g_0123456789abcdefghijkl', admins: [] }],
    [JoinChatDto, { name: 'general' }],
    [TypingDto, { chatId: 'User2', stop: false }],
    [PresenceDto, { userIds: ['User2'] }],
    [PresenceQueryDto, { users: [] }],
    [SetPresenceDto, { status: 'busy', metadata: { own: [] } }],
    [DirectMessageDto, { targetUser: 'User2', payload: null, metadata: { idempotency_key: 'k1', own: null } }],
    [ExtendedEditDto, { message_id: 'dm_1', payload: 'Hi' }],
    [ExtendedReactionsDto, { message_id: 'dm_1', reaction: '👍', adding: false }],
    [ExtendedTypingDto, { target_user: 'User2', stop: true }],
  ])('%p takes %j', (type, payload) => {
    expect(faultOf(type, payload)).toBeUndefined();
  });

  it.each<[PayloadClass, object, string]>([
    [NewDto, { message: 1, attachments: 1 }, 'chatId'],
    [NewDto, { chatId: '' }, 'chatId'],
    [NewDto, { chatId: 'User2', clientMessageId: '' }, 'message'],
    [NewDto, { chatId: 'u'.repeat(129) }, 'chatId'],
    [NewDto, { chatId: 'User2', message: null }, 'message'],
    [NewDto, { chatId: 'User2', message: 'a\0' }, 'message'],
    [NewDto, { chatId: 'User2', attachments: {} }, 'attachments'],
    [NewDto, { chatId: 'User2', attachments: Array<object>(11).fill(file) }, 'attachments'],
    [NewDto, { chatId: 'User2', attachments: [file, 'file'] }, 'attachments.1'],
    [NewDto, { chatId: 'User2', attachments: [{ ...file, type: 'song', id: 1 }] }, 'attachments.0.type'],
    [NewDto, { chatId: 'User2', attachments: [{ ...file, url: undefined }] }, 'attachments.0.url'],
    [NewDto, { chatId: 'User2', attachments: [{ ...file, meta: [] }] }, 'attachments.0.meta'],
    [NewDto, { chatId: 'User2', message: 'Hi', clientMessageId: '' }, 'clientMessageId'],
    [NewDto, { chatId: 'User2', message: 'Hi', clientMessageId: 'x'.repeat(256) }, 'clientMessageId'],
    [NewDto, { chatId: 'User2', message: 'Hi', replyTo: '1' }, 'replyTo'],
    [NewDto, { chatId: 'User2', message: 'Hi', forwarded: 'yes' }, 'forwarded'],
    [NewDto, { chatId: 'User2', message: 'Hi', forwarded: null }, 'forwarded'],
    [EditDto, { chatId: 'User2', messageId: 0 }, 'messageId'],
    [EditDto, { chatId: 'User2', messageId: 1 }, 'message'],
    [EditDto, { chatId: 'User2' }, 'messageId'],
    [EditDto, { chatId: 'User2', clientMessageId: 'a' }, 'message'],
    [MarkDto, { chatId: 'User2', messageId: 1.5 }, 'messageId'],
    [MarkDto, { chatId: 'User2', messageId: 2 ** 53 }, 'messageId'],
    [MessagesDto, { chatId: 'User2', endId: -1 }, 'endId'],
    [MessagesDto, { chatId: 'User2', count: 501 }, 'count'],
    [ReactDto, { ...react, reaction: '' }, 'reaction'],
    [ReactDto, { ...react, reaction: '👍'.repeat(17) }, 'reaction'],
    [ReactDto, { ...react, adding: 1 }, 'adding'],
    [CreateChatDto, { name: '', participants: ['User2'] }, 'name'],
    [CreateChatDto, { name: 'Friends', participants: Array<string>(10_001).fill('User2') }, 'participants'],
    [ParticipantsDto, { chatId: 'User2', participants: ['User2', ''] }, 'participants.1'],
    [ParticipantsDto, { chatId: 'User2', participants: ['g_0123456789abcdefghijkl'] }, 'participants.0'],
    [TypingDto, { chatId: 'User2', stop: 'no' }, 'stop'],
    [PresenceDto, { userIds: 'User2' }, 'userIds'],
    [PresenceQueryDto, { users: Array<string>(501).fill('User2') }, 'users'],
    [SetPresenceDto, { status: 'asleep' }, 'status'],
    [SetPresenceDto, { status: 'busy', metadata: [] }, 'metadata'],
    [DirectMessageDto, { targetUser: '', payload: {} }, 'targetUser'],
    [DirectMessageDto, { targetUser: 'User2' }, 'payload'],
    [DirectMessageDto, { targetUser: 'User2', payload: { own: 'a\0' } }, 'payload.own'],
    [DirectMessageDto, { targetUser: 'User2', payload: {}, metadata: 'high' }, 'metadata'],
    [
      DirectMessageDto,
      { targetUser: 'User2', payload: {}, metadata: { idempotency_key: 1 } },
      'metadata.idempotency_key',
    ],
    [ExtendedDeleteDto, { message_id: 1 }, 'message_id'],
    [ExtendedDeleteDto, { message_id: 'x'.repeat(65) }, 'message_id'],
    [ExtendedEditDto, { message_id: 'dm_1' }, 'payload'],
    [ExtendedReactionsDto, { message_id: 'dm_1', reaction: '', adding: true }, 'reaction'],
    [ExtendedReactionsDto, { message_id: 'dm_1', reaction: '👍' }, 'adding'],
    [ExtendedTypingDto, { topic: 1 }, 'topic'],
    [ExtendedTypingDto, { target_user: 'User2', stop: 0 }, 'stop'],
    [PresenceDto, { userIds: Array<string>(501).fill('User2') }, 'userIds'],
  ])('%p refuses %j at %s', (type, payload, field) => {
    expect(faultOf(type, payload)).toBe(field);
  });
});
