import type { ChatState, View } from '../../domain/events.js';
import type { ChatItem } from '../../domain/payloads.js';
import type { EncodedEvent } from '../dialect.js';

/** The event `chats`. A chat's state is one viewer's alone, so nothing is shared here. */
export class ChatsFrame implements EncodedEvent {
  constructor(
    private readonly state: ChatState,
    private readonly at: number,
  ) {}

  forView({ eventId, viewer }: View): string {
    return JSON.stringify({
      type: 'event',
      id: eventId,
      timestamp: this.at,
      eventType: 'chats',
      payload: { chats: [chatEntry(this.state, viewer)] },
    });
  }
}

function chatEntry(state: ChatState, viewer: string): Partial<ChatItem> & { readonly removed?: true } {
  if (state.removed) return { type: state.kind, id: state.chatId, removed: true };
  return {
    type: state.kind,
    id: state.chatId,
    name: state.name,
    photoUrl: state.photoUrl,
    ...lastMessage(state.lastMessage, viewer),
    missed: state.missed,
    firstMissed: state.firstMissed?.clientMessageId,
    firstMissedId: state.firstMissed?.number,
  };
}

function lastMessage(last: ChatState['lastMessage'], viewer: string): Partial<ChatItem> {
  if (!last) return {};
  return {
    lastMessageId: last.number,
    lastMessageText: last.text,
    lastMessageTime: last.createdAt,
    lastMessageAuthor: last.sender,
    lastMessageStatus: last.status,
    isMine: last.sender === viewer,
  };
}
