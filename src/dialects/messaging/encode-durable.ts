import type { MessageEdited, MessageReacted, MessageSent } from '../../domain/changes.js';
import type { DurableEvent } from '../../domain/events.js';
import type { Message, MessageRef, Quote } from '../../domain/message.js';
import type { QuoteAnswer } from '../../domain/payloads.js';
import { RawJson } from '../../domain/raw-json.js';
import type { EncodedEvent } from '../dialect.js';
import { ChatsFrame } from './chats-frame.js';
import { DurableFrame } from './durable-frame.js';
import { encodeCallAnswered, encodeCallClosed, encodeCallLogged, encodeCallStarted } from './encode-call.js';

const NO_ATTACHMENTS = new RawJson('[]');
const NO_REACTIONS_JSON = '{}';

/** What describes a channel its members see in its `chats` entry; threads this dialect does not have. */
export function encodeDurable(event: DurableEvent): EncodedEvent | undefined {
  switch (event.type) {
    case 'messageSent':
      return encodeSent(event);
    case 'messageEdited':
      return encodeEdited(event);
    case 'messageDeleted':
      return encodeDeleted(event.message, event.at);
    case 'messageReacted':
      return encodeReacted(event);
    case 'chatMarked':
      return new DurableFrame(event.mark, event.at, { timestamp: event.at, userId: event.userId });
    case 'chatState':
      return new ChatsFrame(event.state, event.at);
    case 'callStarted':
      return encodeCallStarted(event);
    case 'callAnswered':
      return encodeCallAnswered(event);
    case 'callClosed':
      return encodeCallClosed(event);
    case 'callLogged':
      return encodeCallLogged(event);
    case 'channelChanged':
    case 'threadCreated':
      return undefined;
  }
}

/** Whoever was away learns of a message that is gone by now as a deletion: it may have shown it before. */
function encodeSent({ message, at }: MessageSent): EncodedEvent {
  if (message.deletedAt !== undefined) return encodeDeleted(message, message.deletedAt);
  return new DurableFrame(message.kind, at, {
    sender: message.sender,
    senderName: message.senderName,
    ...reference(message),
    message: message.text,
    payload: untoldPayload(message),
    attachments: RawJson.of(message.attachmentsJson),
    replyTo: message.replyTo && quote(message.replyTo),
    forwarded: RawJson.of(message.forwardedJson),
    reactions: reactionsOf(message),
    timestamp: message.createdAt,
    updatedAt: message.updatedAt,
    status: 'undelivered',
  });
}

/** Attachments are always told, also when there are none (any more): an edit replaces what the client shows. */
function encodeEdited({ message, at }: MessageEdited): EncodedEvent {
  return new DurableFrame('edit', at, {
    ...reference(message),
    ...originalReference(message),
    message: message.text,
    payload: untoldPayload(message),
    attachments: RawJson.of(message.attachmentsJson) ?? NO_ATTACHMENTS,
    timestamp: at,
  });
}

function encodeDeleted(message: MessageRef, at: number): EncodedEvent {
  return new DurableFrame('delete', at, { ...reference(message), ...originalReference(message), timestamp: at });
}

function encodeReacted({ message, origin, reaction, adding, reactionsJson, at }: MessageReacted): EncodedEvent {
  return new DurableFrame('react', at, {
    ...reference(message),
    userId: origin.userId,
    reaction,
    adding,
    reactions: RawJson.of(reactionsJson),
    timestamp: at,
  });
}

/** A payload from another dialect; where it has a text, that and its attachments say all that is to be shown of it. */
function untoldPayload({ text, payloadJson }: Message): RawJson | undefined {
  return text === undefined ? RawJson.of(payloadJson) : undefined;
}

function reference({ number, clientMessageId }: MessageRef): object {
  return { messageId: number, clientMessageId };
}

/** The same two under the names that the older document gives them in edits and deletions. */
function originalReference({ number, clientMessageId }: MessageRef): object {
  return { originalMessageId: number, originalClientMessageId: clientMessageId };
}

function quote({ number, clientMessageId, sender, text, createdAt }: Quote): QuoteAnswer {
  return { messageId: number, clientMessageId, sender, message: text, createdAt };
}

function reactionsOf({ reactionsJson }: Message): RawJson | undefined {
  return reactionsJson === NO_REACTIONS_JSON ? undefined : RawJson.of(reactionsJson);
}
