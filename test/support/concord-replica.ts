import type { ShownChannel, ShownThread } from '../../src/domain/shown-channel.js';
import type { ConcordChat, ConcordClient, ConcordFrame } from './concord-client.js';

interface AboutChat {
  readonly chatId: number;
  readonly content: string;
  readonly reactions: Readonly<Record<string, number>>;
}

/** What a client holds that applies what it is told: keyed by ids, the later in the place of the earlier. */
export class ConcordReplica {
  readonly chats = new Map<number, ConcordChat>();
  readonly channels = new Map<number, ShownChannel>();
  readonly threads = new Map<number, ShownThread>();
  /** What was told of chats that it does not hold; deletions may be. */
  readonly senseless: ConcordFrame[] = [];
  /** By channel, the chats that each connection was sent, in order: none may come twice or before an older one. */
  readonly outOfOrder: ConcordFrame[] = [];

  /** Applies all that comes on this connection. */
  follow(client: ConcordClient): void {
    const newest = new Map<number, number>();
    client.socket.prependListener('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ConcordFrame;
      this.checkOrder(frame, newest);
      this.apply(frame);
    });
  }

  private apply(frame: ConcordFrame): void {
    const about = frame as unknown as AboutChat;
    switch (frame.type) {
      case 'chat_sent':
        this.keep(frame.chat as ConcordChat);
        break;
      case 'chat_edited':
        this.change(frame, { content: about.content, edited: true });
        break;
      case 'chat_reactions_updated':
        this.change(frame, { reactions: about.reactions });
        break;
      case 'chat_deleted':
        this.chats.delete(about.chatId);
        break;
      case 'thread_created': {
        const thread = frame.thread as ShownThread;
        this.threads.set(thread.id, thread);
        break;
      }
      case 'channel_created':
      case 'channel_updated': {
        const channel = frame.channel as ShownChannel;
        this.channels.set(channel.id, channel);
        break;
      }
      case 'channel_deleted':
        this.channels.delete(frame.channelId as number);
    }
  }

  private keep(chat: ConcordChat): void {
    this.chats.set(chat.id, chat);
  }

  private change(frame: ConcordFrame, part: Partial<ConcordChat>): void {
    const known = this.chats.get(frame.chatId as number);
    if (known) this.keep({ ...known, ...part });
    else this.senseless.push(frame);
  }

  private checkOrder(frame: ConcordFrame, newest: Map<number, number>): void {
    if (frame.type !== 'chat_sent') return;
    const { id, channelId } = frame.chat as ConcordChat;
    if (id <= (newest.get(channelId) ?? 0)) this.outOfOrder.push(frame);
    newest.set(channelId, id);
  }
}
