import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { CreateChannelDto, UpdateChannelDto } from './channel.dto.js';
import { ChatReactionDto, ReactionDto } from './chat-reaction.dto.js';
import { ChatWrittenDto, EditChatDto, WriteChatDto } from './chat.dto.js';
import { UpdateServerDto } from './server.dto.js';
import { CreateThreadDto } from './thread.dto.js';

const ID = 2 ** 53 - 1;
const channel = { name: 'general' };
const written = { channelId: 1, content: 'Hi' };
const reaction = { chatId: 1, reaction: '😂', adding: true };
const thread = { sourceChatId: 1, name: 'On it' };

/** The first field at fault. */
function fault(type: PayloadClass, payload: object): string | undefined {
  return new PayloadValidator(type, 32).faultyField(payload, true);
}

describe('DTOs of channels', () => {
  it.each<[PayloadClass, object]>([
    [ChatWrittenDto, written],
    [ChatWrittenDto, { ...written, channelId: ID, threadId: null, sentAt: 'whenever', more: [] }],
    [ChatWrittenDto, { ...written, threadId: ID }],
    [WriteChatDto, { content: 'Hi', threadId: null, sentAt: 123_456_789 }],
    [WriteChatDto, { content: 'Hi', channelId: 'the address names it' }],
    [EditChatDto, { content: ' ' }],
    [ChatReactionDto, reaction],
    [ReactionDto, { reaction: '€'.repeat(21) + 'e', adding: false }],
    [CreateChannelDto, channel],
    [CreateChannelDto, { name: `A_-9${'x'.repeat(60)}`, description: null, parentChannelId: null, capabilities: [] }],
    [CreateChannelDto, { ...channel, description: 'ü'.repeat(1_000), parentChannelId: 1, ordinality: -(2 ** 31) }],
    [CreateChannelDto, { ...channel, capabilities: Array<string>(20).fill('x'.repeat(64)), ordinality: 2 ** 31 - 1 }],
    [UpdateChannelDto, {}],
    [UpdateChannelDto, { description: null, parentChannelId: null }],
    [UpdateServerDto, {}],
    [UpdateServerDto, { name: 'x'.repeat(100), description: null, iconId: null, defaultChannelId: 1 }],
    [CreateThreadDto, { ...thread, name: 'x'.repeat(100) }],
  ])('let %p with %j pass', (type, payload) => {
    expect(fault(type, payload)).toBeUndefined();
  });

  it.each<[string, PayloadClass, object]>([
    ['channelId', ChatWrittenDto, { content: 'Hi' }],
    ['channelId', ChatWrittenDto, { ...written, channelId: '1' }],
    ['channelId', ChatWrittenDto, { channelId: 0, threadId: 0, content: '' }],
    ['channelId', ChatWrittenDto, { ...written, channelId: null }],
    ['threadId', ChatWrittenDto, { ...written, threadId: -1, content: '' }],
    ['threadId', ChatWrittenDto, { ...written, threadId: 1.5 }],
    ['threadId', WriteChatDto, { content: 'Hi', threadId: ID + 1 }],
    ['content', ChatWrittenDto, { channelId: 1 }],
    ['content', WriteChatDto, { content: '' }],
    ['content', EditChatDto, { content: '\0' }],
    ['content', EditChatDto, { content: null }],
    ['chatId', ChatReactionDto, { ...reaction, chatId: 'dm_1' }],
    ['reaction', ChatReactionDto, { ...reaction, reaction: '' }],
    ['reaction', ReactionDto, { reaction: '€'.repeat(21) + 'ee', adding: true }],
    ['adding', ReactionDto, { reaction: '😂' }],
    ['name', CreateChannelDto, {}],
    ['name', CreateChannelDto, { name: '' }],
    ['name', CreateChannelDto, { name: 'x'.repeat(65) }],
    ['name', CreateChannelDto, { name: 'a.b' }],
    ['name', CreateChannelDto, { name: 'general\n' }],
    ['name', CreateChannelDto, { name: `c_${'x'.repeat(22)}` }],
    ['name', UpdateChannelDto, { name: null }],
    ['description', CreateChannelDto, { ...channel, description: 'x'.repeat(1_001) }],
    ['parentChannelId', UpdateChannelDto, { parentChannelId: 0 }],
    ['ordinality', UpdateChannelDto, { ordinality: 2 ** 31 }],
    ['ordinality', UpdateChannelDto, { ordinality: -(2 ** 31) - 1 }],
    ['ordinality', UpdateChannelDto, { ordinality: null }],
    ['capabilities', UpdateChannelDto, { capabilities: 'TEXT' }],
    ['capabilities', UpdateChannelDto, { capabilities: Array<string>(21).fill('x') }],
    ['capabilities.1', UpdateChannelDto, { capabilities: ['x', ''] }],
    ['capabilities.0', UpdateChannelDto, { capabilities: ['x'.repeat(65)] }],
    ['name', UpdateServerDto, { name: '' }],
    ['name', UpdateServerDto, { name: 'x'.repeat(101) }],
    ['description', UpdateServerDto, { description: 7 }],
    ['iconId', UpdateServerDto, { iconId: 'a' }],
    ['defaultChannelId', UpdateServerDto, { defaultChannelId: null }],
    ['sourceChatId', CreateThreadDto, { name: 'On it' }],
    ['name', CreateThreadDto, { ...thread, name: '' }],
    ['name', CreateThreadDto, { ...thread, name: 'x'.repeat(101) }],
  ])('name %s as at fault in %p with %j', (field, type, payload) => {
    expect(fault(type, payload)).toBe(field);
  });
});
