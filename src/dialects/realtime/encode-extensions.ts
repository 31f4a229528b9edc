import type { MessageTouched } from '../../domain/changes.js';
import { type ChatAddress, chatIdFor } from '../../domain/chat.js';
import type { DurableEvent, EphemeralEvent } from '../../domain/events.js';
import { wireMessageId } from '../../domain/ids.js';
import type { MessageRef } from '../../domain/message.js';
import { shownPayload } from '../../domain/shown-payload.js';
import { topicOf } from '../../domain/topic-patterns.js';
import type { EncodedEvent } from '../dialect.js';
import { SharedFrame } from '../shared-frame.js';
import { directMessageData, metadataOf } from './delivered-data.js';
import { DialogFrame } from './dialog-frame.js';
import { encodeDurable } from './encode-durable.js';
import { encodeEphemeral } from './encode-ephemeral.js';
import { frame } from './frames.js';

/** What somebody did in a chat, and when, ms. */
interface Deed {
  readonly chat: ChatAddress;
  readonly doer: string;
  readonly at: number;
}

/** Everything that the document knows, and what it lacks: edits, deletions, reactions and what one wrote elsewhere. */
export function encodeExtendedDurable(event: DurableEvent): EncodedEvent | undefined {
  switch (event.type) {
    case 'messageSent': {
      const { chat, message, origin } = event;
      if (message.deletedAt !== undefined) {
        return encodeDeleted({ chat, doer: origin.userId, at: message.deletedAt }, message);
      }
      if (message.kind !== 'new' || !chat.users) return encodeDurable(event);
      const told = (to: string): string => frame('DirectMessage', directMessageData(chat, message, to));
      return new DialogFrame(message.sender, told(''), told(otherUser(chat, message.sender)));
    }
    case 'messageEdited': {
      const { message } = event;
      const deed = { ...deedOf(event), at: message.updatedAt ?? event.at };
      return encodeTouched('X-Edit', deed, message, `"payload":${shownPayload(message)},`);
    }
    case 'messageDeleted':
      return encodeDeleted(deedOf(event), event.message);
    case 'messageReacted': {
      const { reaction, adding, reactionsJson } = event;
      const what = `"reaction":${JSON.stringify(reaction)},"adding":${adding},"reactions":${reactionsJson},`;
      return encodeTouched('X-Reactions', deedOf(event), event.message, what);
    }
    case 'chatMarked':
    case 'chatState':
    case 'channelChanged':
    case 'threadCreated':
    case 'callStarted':
    case 'callAnswered':
    case 'callClosed':
    case 'callLogged':
      return encodeDurable(event);
  }
}

export function encodeExtendedEphemeral(event: EphemeralEvent, viewer: string, now: number): string | undefined {
  if (event.type !== 'typing') return encodeEphemeral(event, viewer, now);
  const { chat, userId, stop } = event;
  const place = chat.users && viewer !== userId ? '' : placeOf(chat, userId);
  const stopped = stop === undefined ? '' : `,"stop":${stop}`;
  return frame('X-Typing', `{${place}"from_user":${JSON.stringify(userId)}${stopped}}`);
}

function encodeDeleted(deed: Deed, message: MessageRef): EncodedEvent | undefined {
  return encodeTouched('X-Delete', deed, message, '');
}

/** @param what members of the frame's own, each with a comma behind it */
function encodeTouched(type: string, deed: Deed, { id }: MessageRef, what: string): EncodedEvent | undefined {
  if (id === undefined) return undefined;
  const { chat, doer, at } = deed;
  const messageId = wireMessageId(chat, id);
  const head = `{"message_id":${JSON.stringify(messageId)},"from_user":${JSON.stringify(doer)},`;
  const tail = `${what}"metadata":${metadataOf(undefined, at, messageId)}}`;
  const place = placeOf(chat, doer);
  if (!chat.users) return new SharedFrame(frame(type, head + place + tail));
  return new DialogFrame(doer, frame(type, head + tail), frame(type, head + place + tail));
}

function deedOf({ chat, origin, at }: MessageTouched): Deed {
  return { chat, doer: origin.userId, at };
}

/** Where it was done, with a comma behind it: a topic; or, for the doer's own connections, the other user. */
function placeOf(chat: ChatAddress, doer: string): string {
  return chat.users ? otherUser(chat, doer) : `"topic":${JSON.stringify(topicOf(chat))},`;
}

function otherUser(chat: ChatAddress, user: string): string {
  return `"to_user":${JSON.stringify(chatIdFor(chat, user))},`;
}
