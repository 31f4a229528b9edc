import { type ChatAddress, chatIdFor } from '../domain/chat.js';
import type { NotedChanges } from './noted-changes.repository.js';
import type { CallRow, ChatChangeRow, ChatRow, MemberRow, MessageRow, ReactionRow, UserRow } from './noted-rows.js';
import type { NotedEvent } from './outbox.repository.js';
import type {
  AttachmentTold,
  ChatTold,
  MessageNamed,
  OutgoingEvent,
  OutgoingEventMap,
  OutgoingEventType,
  Recipient,
} from './outgoing-event.js';

interface Moment {
  readonly change: number;
  readonly at: number;
}

/** The events of what was read, in the order of the notes and within one of its changes. @param online users who are online */
export function eventsOf(changes: NotedChanges, online: ReadonlySet<string>): NotedEvent[] {
  const chats = new Map(changes.chats.map((chat) => [chat.id, chat]));
  const members = new Map<number, MemberRow[]>();
  for (const member of changes.members) members.set(member.chat_id, [...(members.get(member.chat_id) ?? []), member]);
  return new Telling(chats, members, online).all(changes);
}

/** Whom `eventsOf` wants to know more of: everybody who may have to be told in another way. */
export function addressees({ members }: NotedChanges): readonly string[] {
  return [...new Set(members.map(({ user_id }) => user_id))];
}

class Telling {
  constructor(
    private readonly chats: ReadonlyMap<number, ChatRow>,
    private readonly members: ReadonlyMap<number, readonly MemberRow[]>,
    private readonly online: ReadonlySet<string>,
  ) {}

  all({ messages, reactions, calls, chatChanges, users }: NotedChanges): NotedEvent[] {
    const ofChats = [
      ...messages.flatMap((row) => this.inChat(row, (chat) => this.message(row, chat))),
      ...reactions.flatMap((row) => this.inChat(row, (chat) => this.reaction(row, chat))),
      ...calls.flatMap((row) => this.inChat(row, (chat) => this.call(row, chat))),
      ...chatChanges.flatMap((row) => this.inChat(row, (chat) => this.chatChange(row, chat))),
    ].sort((a, b) => a.event.noteId - b.event.noteId || a.change - b.change);
    return [...ofChats.map(({ event }) => event), ...users.map(userJoined)];
  }

  private inChat(
    row: Moment & { readonly note_id: number; readonly chat_id: number },
    tell: (chat: ChatRow) => OutgoingEvent,
  ): { readonly change: number; readonly event: NotedEvent }[] {
    const chat = this.chats.get(row.chat_id);
    if (!chat) return [];
    return [{ change: row.change, event: { noteId: row.note_id, subject: `chat.${chat.id}`, event: tell(chat) } }];
  }

  private message(row: MessageRow, chat: ChatRow): OutgoingEvent {
    const named = namedMessage(row, chat);
    if (row.what === 'deleted') return told('message.deleted', row, chat, { ...named, deletedAt: row.at });
    const message = { ...named, ...contentOf(row) };
    if (row.what === 'edited') return told('message.edited', row, chat, message);
    return told('message.sent', row, chat, { ...message, recipients: this.recipients(chat, row.number, row.sender) });
  }

  private reaction(row: ReactionRow, chat: ChatRow): OutgoingEvent {
    const { user_id: userId, reaction, adding } = row;
    const reactions = JSON.parse(row.reactions ?? '{}') as Record<string, number>;
    const named = { ...namedMessage(row, chat), chat: chatTold(chat, userId) };
    return told('message.reacted', row, chat, { ...named, userId, reaction, adding, reactions });
  }

  private call(row: CallRow, chat: ChatRow): OutgoingEvent {
    const call = {
      chat: chatTold(chat, row.caller),
      messageId: row.number,
      callId: row.call_id,
      caller: row.caller,
      callType: row.call_type,
      startedAt: row.started_at,
    };
    if (row.what === 'started') {
      return told('call.started', row, chat, { ...call, recipients: this.recipients(chat, row.number, row.caller) });
    }
    return told('call.ended', row, chat, { ...call, status: row.status ?? 'missed', callDuration: row.duration });
  }

  private chatChange(row: ChatChangeRow, chat: ChatRow): OutgoingEvent {
    const named = chatTold(chat, '');
    if (row.what === 'channel') {
      const description = chat.description ?? undefined;
      return told('channel.changed', row, chat, { chat: named, description, isDeleted: chat.is_deleted });
    }
    const members = this.members.get(chat.id)?.map(({ user_id: userId, role }) => ({ userId, role }));
    const photoUrl = chat.photo_url ?? undefined;
    return told('chat.changed', row, chat, { chat: named, photoUrl, memberCount: chat.member_count, members });
  }

  /** Undefined where there are too many, or it is open to everybody. */
  private recipients(chat: ChatRow, number: number, author: string): readonly Recipient[] | undefined {
    return this.members
      .get(chat.id)
      ?.filter((member) => member.user_id !== author && member.joined_number < number)
      .map(({ user_id: userId }) => ({ userId, online: this.online.has(userId) }));
  }
}

function told<T extends OutgoingEventType>(
  type: T,
  { change, at }: Moment,
  chat: ChatRow,
  data: OutgoingEventMap[T],
): OutgoingEvent {
  return { id: `${chat.id}.${change}`, type, at, data };
}

function userJoined({ note_id: noteId, number, id, name, at }: UserRow): NotedEvent {
  const subject = `user.${number}`;
  // Who was erased and comes back has the same number.
  const event: OutgoingEvent = {
    id: `${subject}.${noteId}`,
    type: 'user.joined',
    at,
    data: { userId: id, name: name ?? undefined },
  };
  return { noteId, subject, event };
}

function chatTold({ id, kind, public_id, user_a, user_b, name }: ChatRow, actor: string): ChatTold {
  const users = user_a === null || user_b === null ? undefined : ([user_a, user_b] as const);
  const address: ChatAddress = { id, kind, publicId: public_id ?? undefined, users };
  return { type: kind, chatId: chatIdFor(address, actor), name: name ?? undefined, users };
}

function namedMessage(row: MessageRow | ReactionRow, chat: ChatRow): MessageNamed {
  return {
    chat: chatTold(chat, row.sender),
    messageId: row.number,
    globalId: row.id,
    sender: row.sender,
    clientMessageId: row.client_message_id ?? undefined,
    threadId: row.thread_id ?? undefined,
  };
}

function contentOf(row: MessageRow) {
  const attachments = row.attachments === null ? undefined : (JSON.parse(row.attachments) as AttachmentTold[]);
  return {
    text: row.text ?? undefined,
    attachments: attachments?.map(({ type, id, filename, url }) => ({ type, id, filename, url })),
    replyTo: row.reply_to ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at ?? undefined,
    deletedAt: row.deleted_at ?? undefined,
  };
}
