import type { ChatAddress } from '../../domain/chat.js';
import { wireMessageId } from '../../domain/ids.js';
import type { Message } from '../../domain/message.js';
import { shownPayload } from '../../domain/shown-payload.js';
import type { TopicMessage } from '../../domain/topics.js';
import { joinMembers } from './joined-members.js';

/** The `data` of a delivered `Broadcast`; history shows the same. */
export function broadcastData({ id, topic, sender, payloadJson, metadataJson, at }: TopicMessage): string {
  const metadata = metadataOf(metadataJson, at, id);
  return `{"topic":${JSON.stringify(topic)},"payload":${payloadJson},"from_user":${JSON.stringify(sender)},"metadata":${metadata}}`;
}

/** @param to names the other user, as a member with a comma behind it, where the reader is the sender */
export function directMessageData(chat: ChatAddress, message: Message, to = ''): string {
  const { id, sender, metadataJson, createdAt } = message;
  const metadata = metadataOf(metadataJson, createdAt, wireMessageId(chat, id));
  return `{"from_user":${JSON.stringify(sender)},${to}"payload":${shownPayload(message)},"metadata":${metadata}}`;
}

/** @param at ms */
export function metadataOf(ownJson: string | undefined, at: number, messageId: string): string {
  return joinMembers(ownJson, { sent_at: `${at}`, message_id: JSON.stringify(messageId) });
}
