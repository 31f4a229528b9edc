import type { MessageEdited, MessageReacted, MessageSent } from '../../domain/changes.js';
import type { DurableEvent } from '../../domain/events.js';
import type { Message, MessageRef } from '../../domain/message.js';
import { NOBODY, shownChannel, shownThread } from '../../domain/shown-channel.js';
import type { EncodedEvent } from '../dialect.js';
import { SharedFrame } from '../shared-frame.js';

const NO_REACTIONS_JSON = '{}';

type ChannelChanged = Extract<DurableEvent, { type: 'channelChanged' }>;

/** Everybody is shown the same: texts of channels, and the channels themselves. */
export function encodeDurable(event: DurableEvent): EncodedEvent | undefined {
  const frame = frameOf(event);
  return frame === undefined ? undefined : new SharedFrame(frame);
}

function frameOf(event: DurableEvent): string | undefined {
  if (!('chat' in event) || event.chat.kind !== 'channel') return undefined;
  switch (event.type) {
    case 'messageSent':
      return sentFrame(event);
    case 'messageEdited':
      return editedFrame(event);
    case 'messageDeleted':
      return deletedFrame(event.message, event.chat.id);
    case 'messageReacted':
      return reactedFrame(event);
    case 'channelChanged':
      return channelFrame(event);
    case 'threadCreated':
      return JSON.stringify({ type: 'thread_created', thread: shownThread(event.thread) });
    case 'callStarted':
    case 'callAnswered':
    case 'callClosed':
    case 'callLogged':
      return undefined;
  }
}

/** Whoever was away learns of a message that is gone by now as a deletion: it may have shown it before. */
function sentFrame({ chat, message }: MessageSent): string | undefined {
  if (message.deletedAt !== undefined) return deletedFrame(message, chat.id);
  return hasText(message) ? wholeFrame(message, chat.id) : undefined;
}

/** There are texts only here: whose text was taken away is gone, and what had none was not here until now. */
function editedFrame({ chat, message }: MessageEdited): string | undefined {
  if (!hasText(message)) return message.wasTextless ? undefined : deletedFrame(message, chat.id);
  if (message.wasTextless) return wholeFrame(message, chat.id);
  return JSON.stringify({ type: 'chat_edited', ...chatRef(message, chat.id), content: message.text });
}

function wholeFrame(message: Message, channelId: number): string {
  const { id, createdAt, senderNumber = NOBODY, text, updatedAt, reactionsJson } = message;
  const place = { channelId, threadId: threadOf(message) };
  const shown = { id, createdAt, authorId: senderNumber, ...place, content: text, edited: updatedAt !== undefined };
  return `{"type":"chat_sent","chat":${withReactions(shown, reactionsJson)}}`;
}

function deletedFrame(message: MessageRef, channelId: number): string | undefined {
  return isKnown(message) ? JSON.stringify({ type: 'chat_deleted', ...chatRef(message, channelId) }) : undefined;
}

function reactedFrame({ chat, message, reactionsJson }: MessageReacted): string | undefined {
  if (!isKnown(message)) return undefined;
  return withReactions({ type: 'chat_reactions_updated', ...chatRef(message, chat.id) }, reactionsJson);
}

function channelFrame({ news, channel }: ChannelChanged): string {
  if (news === 'deleted') return JSON.stringify({ type: 'channel_deleted', channelId: channel.id });
  return JSON.stringify({ type: `channel_${news}`, channel: shownChannel(channel) });
}

function hasText({ text }: Message): boolean {
  return text !== undefined && text !== '';
}

/** Of what has no text nothing was ever shown, and without an id nothing can be said. */
function isKnown({ id, isTextless }: MessageRef): boolean {
  return id !== undefined && isTextless !== true;
}

function chatRef(message: MessageRef, channelId: number): object {
  return { chatId: message.id, channelId, threadId: threadOf(message) };
}

function threadOf({ threadId }: Pick<MessageRef, 'threadId'>): number | null {
  return threadId ?? null;
}

/** What the database kept goes out as it stands. */
function withReactions(frame: object, reactionsJson = NO_REACTIONS_JSON): string {
  return `${JSON.stringify(frame).slice(0, -1)},"reactions":${reactionsJson}}`;
}
