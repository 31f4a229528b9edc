import type { MessageSent } from '../../domain/changes.js';
import type { DurableEvent } from '../../domain/events.js';
import { wireMessageId } from '../../domain/ids.js';
import { shownPayload } from '../../domain/shown-payload.js';
import { topicOf } from '../../domain/topic-patterns.js';
import type { EncodedEvent } from '../dialect.js';
import { SharedFrame } from '../shared-frame.js';
import { broadcastData, directMessageData } from './delivered-data.js';
import { DialogFrame } from './dialog-frame.js';
import { frame } from './frames.js';

/** Of all that happens in a chat the document knows only that somebody wrote something. */
export function encodeDurable(event: DurableEvent): EncodedEvent | undefined {
  if (event.type !== 'messageSent' || !isShown(event)) return undefined;
  return event.chat.users ? encodeDirectMessage(event) : encodeChatBroadcast(event);
}

/** A message that is gone by now is not shown, and calls are not part of this dialect. */
function isShown({ message }: MessageSent): boolean {
  return message.kind === 'new' && message.deletedAt === undefined;
}

/** The document has no frame for what one has written oneself, but in the chat with oneself that is all there is. */
function encodeDirectMessage({ chat, message }: MessageSent): EncodedEvent {
  const told = frame('DirectMessage', directMessageData(chat, message));
  return new DialogFrame(message.sender, told, chat.kind === 'favorites' ? told : undefined);
}

/** Whoever is subscribed to the chat's topic gets it, its author too. */
function encodeChatBroadcast({ chat, message }: MessageSent): EncodedEvent {
  const { id, sender, metadataJson, createdAt } = message;
  const data = broadcastData({
    id: wireMessageId(chat, id),
    topic: topicOf(chat),
    sender,
    payloadJson: shownPayload(message),
    metadataJson,
    at: createdAt,
  });
  return new SharedFrame(frame('Broadcast', data));
}
