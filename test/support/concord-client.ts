import type { WebSocket } from 'ws';
import type { JsonObject } from './fixtures.js';
import { type ConnectOptions, FrameClient, openSocket } from './frame-client.js';

/** What the server says; which members there are its type tells. */
export interface ConcordFrame extends JsonObject {
  readonly type: string;
}

/** A chat as `chat_sent` and REST show it. */
export interface ConcordChat {
  readonly id: number;
  readonly createdAt: number;
  readonly authorId: number;
  readonly channelId: number;
  readonly threadId: number | null;
  readonly content: string;
  readonly edited: boolean;
  readonly reactions: Readonly<Record<string, number>>;
}

export interface ConcordConnectOptions extends ConnectOptions {
  /** Leave WebSocket pings unanswered, so that nothing counts as received. */
  readonly deaf?: boolean;
}

/** The payload of a WebSocket ping that asks how far a connection has got in the chats. */
const POSITION_PING = /^p\d+\./;

/** A client of the concord dialect. */
export class ConcordClient extends FrameClient<ConcordFrame> {
  /** What was here when the server asked how far it has got; confirmed by the answer, unless it is deaf. */
  private readonly pinged = new WeakSet<ConcordFrame>();

  /** @param origin `ws://host:port` */
  static connect(origin: string, token: string, options: ConcordConnectOptions = {}): Promise<ConcordClient> {
    const { deaf = false, ...rest } = options;
    return new ConcordClient(openSocket(origin, token, { path: '/client', ...rest, autoPong: !deaf })).opened();
  }

  private constructor(socket: WebSocket) {
    super(socket);
    socket.on('ping', (payload: Buffer) => {
      if (!POSITION_PING.test(payload.toString())) return;
      for (const frame of this.frames) this.pinged.add(frame);
      this.recheck();
    });
  }

  write(channelId: number, content: string, threadId: number | null = null): void {
    this.send({ type: 'chat_written', channelId, threadId, sentAt: 0, content });
  }

  /** Writes, and waits until it comes back like to everybody else; throws where an error comes instead. */
  async writes(channelId: number, content: string, threadId: number | null = null): Promise<ConcordChat> {
    this.write(channelId, content, threadId);
    const fits = (frame: ConcordFrame): boolean => chatOf(frame)?.content === content || frame.type === 'error';
    const frame = await this.next(fits);
    const chat = chatOf(frame);
    if (!chat) throw new Error(`chat_written was answered ${JSON.stringify(frame)}`);
    return chat;
  }

  react(chatId: number, reaction: string, adding = true): void {
    this.send({ type: 'chat_reaction', chatId, reaction, adding });
  }

  types(channelId: number, threadId: number | null = null): void {
    this.send({ type: 'chat_typing', channelId, threadId, sentAt: 0 });
  }

  /** The next frame of the type, untaken. */
  of(type: string, fits: (frame: ConcordFrame) => boolean = () => true): Promise<ConcordFrame> {
    return this.next((frame) => frame.type === type && fits(frame));
  }

  /** The chat of the next `chat_sent`, untaken. */
  async chat(fits: (chat: ConcordChat) => boolean = () => true): Promise<ConcordChat> {
    const frame = await this.of('chat_sent', (sent) => fits(sent.chat as ConcordChat));
    return frame.chat as ConcordChat;
  }

  /** The next `error`, untaken. */
  error(): Promise<ConcordFrame> {
    return this.of('error');
  }

  /** All frames of these types so far, taken or not. */
  all(...types: readonly string[]): ConcordFrame[] {
    return this.frames.filter(({ type }) => types.includes(type));
  }

  /**
   * Waits until the server has refused a frame that nobody knows: what it had sent this client before is here. The refusal is
   * taken out of the frames.
   */
  async settled(): Promise<void> {
    this.send({ type: 'chat_nothing' });
    const refusal = await this.of('error', ({ details }) => (details as JsonObject).field === 'type');
    this.frames.splice(this.frames.indexOf(refusal), 1);
  }

  /** Waits until the server has heard that this frame, which tells what is kept, is here: it asks for that within a second. */
  async hasConfirmed(frame: ConcordFrame): Promise<void> {
    await this.until(() => (this.pinged.has(frame) ? true : undefined), 'a ping');
    await this.settled();
  }
}

function chatOf(frame: ConcordFrame): ConcordChat | undefined {
  return frame.type === 'chat_sent' ? (frame.chat as ConcordChat) : undefined;
}
