import type { ConcordChat, ConcordFrame } from '../support/concord-client.js';

/** A chat (a message of a channel) as far as a device has been told of it. */
export interface KnownConcordChat extends Partial<Pick<ConcordChat, 'channelId' | 'threadId' | 'content' | 'edited'>> {
  /** It was told whole; else only that it was touched. */
  whole: boolean;
  authorId?: number;
  createdAt?: number;
  reactions: Readonly<Record<string, number>>;
  deleted: boolean;
}

export interface KnownThread {
  readonly id: number;
  readonly channelId: number;
  readonly sourceChatId: number;
  readonly creatorId: number;
  readonly name: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a concord device shows: made of nothing but frames, in the order in which they came, keyed by id, the later one replacing the earlier. */
export class ConcordReplica {
  readonly chats = new Map<number, Mutable<KnownConcordChat>>();
  readonly threads = new Map<number, KnownThread>();
  /** What a frame said that no later one may take back, and that one did. */
  readonly broken: string[] = [];

  learn(frame: ConcordFrame): void {
    switch (frame.type) {
      case 'chat_sent':
        this.learnSent(frame.chat as ConcordChat);
        return;
      case 'chat_edited':
        Object.assign(this.chatOf(frame), { content: frame.content, edited: true, deleted: false });
        return;
      case 'chat_deleted':
        Object.assign(this.chatOf(frame), { deleted: true, content: undefined, reactions: {} });
        return;
      case 'chat_reactions_updated':
        this.chatOf(frame).reactions = frame.reactions as Record<string, number>;
        return;
      case 'thread_created':
        this.threads.set((frame.thread as KnownThread).id, frame.thread as KnownThread);
        return;
      default:
      // The rest is not kept.
    }
  }

  private learnSent({ id, ...chat }: ConcordChat): void {
    const known = this.chat(id);
    if (known.edited === true && !chat.edited) this.broken.push(`chat ${id} was edited, then not`);
    Object.assign(known, chat, { whole: true, deleted: false });
  }

  /** Each frame says where the chat is. */
  private chatOf({ chatId, channelId, threadId }: ConcordFrame): Mutable<KnownConcordChat> {
    return Object.assign(this.chat(chatId as number), { channelId, threadId });
  }

  private chat(id: number): Mutable<KnownConcordChat> {
    const known = this.chats.get(id) ?? { whole: false, deleted: false, reactions: {} };
    this.chats.set(id, known);
    return known;
  }
}
