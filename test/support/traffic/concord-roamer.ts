import { RestClient } from '../rest-client.js';
import { signToken } from '../tokens.js';
import { Roamer } from './roamer.js';

interface Frame {
  readonly type?: string;
  readonly chat?: { readonly id: number; readonly content: string };
  readonly chatId?: number;
  readonly content?: string;
  readonly reconnectAfterMs?: number;
  readonly code?: number;
}

/** Whoever writes in concord has no way to say that it is the same again: what is not confirmed may stand in the log or not. */
export class ConcordRoamer extends Roamer {
  /** The texts of what it was shown, by id. */
  readonly replica = new Map<number, string>();
  readonly confirmed: string[] = [];
  private readonly own = new Set<string>();
  private readonly posting = new Set<string>();
  private words = 0;

  constructor(
    userId: string,
    private readonly anyPlace: () => string,
    private readonly channelId: number,
  ) {
    super(userId, anyPlace, { path: '/client', query: { device: 'desk' } });
  }

  /** What is sent over a socket is not waited for. */
  get unconfirmed(): number {
    return this.posting.size;
  }

  say(): void {
    this.words += 1;
    const content = `${this.userId}.${this.words}`;
    if (this.words % 2 === 0) {
      void this.post(content);
      return;
    }
    this.own.add(content);
    this.send({ type: 'chat_written', channelId: this.channelId, threadId: null, sentAt: 0, content });
  }

  flush(): void {
    // It sends nothing twice.
  }

  protected receive({ type, chat, chatId, content, reconnectAfterMs, code }: Frame): void {
    if (type === 'chat_sent' && chat) {
      this.replica.set(chat.id, chat.content);
      if (this.own.delete(chat.content)) this.confirmed.push(chat.content);
    }
    if (type === 'chat_edited' && chatId !== undefined) this.replica.set(chatId, content ?? '');
    if (type === 'server_draining') this.comeBackAfter(reconnectAfterMs);
    if (type === 'error' && code !== 503) this.complaints.push(`${this.userId} was answered ${code}`);
  }

  /** Over REST, on any server. */
  private async post(content: string): Promise<void> {
    this.posting.add(content);
    const rest = new RestClient(this.anyPlace().replace('ws:', 'http:'), signToken({ sub: this.userId }));
    const answer = await rest.post(`/channels/${this.channelId}/chats`, { content }).catch(() => undefined);
    if (answer?.status === 201) this.confirmed.push(content);
    else if (answer && answer.status !== 503)
      this.complaints.push(`${this.userId}'s post was answered ${answer.status}`);
    this.posting.delete(content);
  }
}
