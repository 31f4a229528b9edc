import { aTime } from '../../expectations.js';
import type { JsonObject } from '../../fixtures.js';
import type { DialectWords } from '../inabilities.js';

/** What a reader is told of what, with all that its frame has in it but for times. */
export interface Telling {
  readonly kind: 'dialog' | 'group' | 'channel';
  /** The chat as messaging names it to this reader. */
  readonly chatId: string;
  readonly topic?: string;
  readonly channelId: number;
  readonly threadId: number | null;
  /** Who did it: its id, its number among all users, and in whose words. */
  readonly author: string;
  readonly authorNumber: number;
  readonly words: DialectWords;
  /** The message that it is about, or is: its number in the chat, its number among all, its id in realtime. */
  readonly number: number;
  readonly id: number;
  readonly wireId: string;
  /** The reader is who did it. */
  readonly isOwn: boolean;
}

/** A frame, exact but for ids of events and times; none where nothing is shown. */
export type Shows = (telling: Telling) => JsonObject | undefined;

/** What a message says, and how it comes out as a payload. */
export interface Content {
  readonly message?: string;
  readonly attachments?: readonly object[];
  /** Where it is not made of those two. */
  readonly payload?: unknown;
  readonly metadata?: JsonObject;
}

const given = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** What was said elsewhere comes out as text and attachments; what was sent as a payload, as it was. */
function payloadOf({ message, attachments = [], payload }: Content): unknown {
  return payload ?? given({ message, attachments });
}

const event = (eventType: string, payload: JsonObject, id: unknown = expect.any(Number)): JsonObject => ({
  ...{ type: 'event', timestamp: aTime, eventType, payload: given(payload) },
  ...(id !== null && { id }),
});

/** All that the author wrote: the reader has read nothing and written nothing. */
const missed = ({ number, isOwn }: Telling): number => (isOwn ? 0 : number);

/** Of what one did oneself in a dialog one's other connections are told to whom. */
const toUser = ({ kind, isOwn, chatId }: Telling): string | undefined =>
  kind === 'dialog' && isOwn ? chatId : undefined;

export const inMessaging = {
  message:
    (content: Content): Shows =>
    (telling) =>
      event('new', {
        chatId: telling.chatId,
        sender: telling.author,
        messageId: telling.number,
        message: content.message,
        payload: content.message === undefined ? content.payload : undefined,
        attachments: content.attachments,
        timestamp: aTime,
        missed: missed(telling),
        status: 'undelivered',
      }),
  edit:
    ({ message, attachments = [], payload }: Content): Shows =>
    ({ chatId, number }) =>
      event('edit', {
        ...{ chatId, messageId: number, originalMessageId: number, message, attachments, timestamp: aTime },
        payload: message === undefined ? payload : undefined,
      }),
  delete: ({ chatId, number }: Telling) =>
    event('delete', { chatId, messageId: number, originalMessageId: number, timestamp: aTime }),
  react:
    (reaction: string, adding: boolean, reactions: JsonObject): Shows =>
    ({ chatId, number, author: userId }) =>
      event('react', { chatId, messageId: number, userId, reaction, adding, reactions, timestamp: aTime }),
  typing:
    (stop?: true): Shows =>
    ({ chatId, author: userId }) =>
      event('typing', { userId, chatId, stop }, null),
} as const;

const metadata = ({ wireId }: Telling, own: JsonObject = {}): JsonObject => ({
  ...own,
  ...{ sent_at: aTime, message_id: wireId },
});

const extended =
  (type: string, members: JsonObject): Shows =>
  (telling) => ({
    type,
    data: given({
      message_id: telling.wireId,
      from_user: telling.author,
      to_user: toUser(telling),
      topic: telling.topic,
      ...members,
      metadata: metadata(telling),
    }),
  });

export const inRealtime = {
  message:
    (content: Content): Shows =>
    (telling) => ({
      type: telling.topic === undefined ? 'DirectMessage' : 'Broadcast',
      data: given({
        topic: telling.topic,
        from_user: telling.author,
        to_user: toUser(telling),
        payload: payloadOf(content),
        metadata: metadata(telling, content.metadata),
      }),
    }),
  edit: (content: Content): Shows => extended('X-Edit', { payload: payloadOf(content) }),
  delete: extended('X-Delete', {}),
  react: (reaction: string, adding: boolean, reactions: JsonObject): Shows =>
    extended('X-Reactions', { reaction, adding, reactions }),
  typing:
    (stop?: true): Shows =>
    ({ topic, author }) => ({ type: 'X-Typing', data: given({ topic, from_user: author, stop }) }),
} as const;

const chatRef = ({ id: chatId, channelId, threadId }: Telling): JsonObject => ({ chatId, channelId, threadId });

export const inConcord = {
  message:
    ({ message: content }: Content, { edited } = { edited: false }): Shows =>
    ({ id, authorNumber: authorId, channelId, threadId }) => ({
      type: 'chat_sent',
      chat: { id, createdAt: aTime, authorId, channelId, threadId, content, edited, reactions: {} },
    }),
  edit:
    ({ message: content }: Content): Shows =>
    (telling) => ({ type: 'chat_edited', ...chatRef(telling), content }),
  delete: (telling: Telling) => ({ type: 'chat_deleted', ...chatRef(telling) }),
  react:
    (_reaction: string, _adding: boolean, reactions: JsonObject): Shows =>
    (telling) => ({ type: 'chat_reactions_updated', ...chatRef(telling), reactions }),
  typing: ({ authorNumber: userId, channelId, threadId }: Telling) => ({
    ...{ type: 'chat_typing', userId, channelId, threadId, sentAt: aTime },
  }),
} as const;

export const nothing: Shows = () => undefined;
