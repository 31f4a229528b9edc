import type { WebSocket } from 'ws';
import type { JsonObject } from './fixtures.js';
import { type ConnectOptions, FrameClient, openSocket } from './frame-client.js';

export interface RealtimeFrame extends JsonObject {
  readonly type: string;
  readonly data: Record<string, unknown>;
  /** The bytes of a binary frame, whose type is then `binary`. */
  readonly bytes?: Buffer;
}

export interface RealtimeConnectOptions extends ConnectOptions {
  /** Leave WebSocket pings unanswered, so that nothing counts as received. */
  readonly deaf?: boolean;
}

/** A client of the realtime dialect. */
export class RealtimeClient extends FrameClient<RealtimeFrame> {
  /** The topic numbers of the WebSocket pings that asked so far how far it has got, answered unless it is deaf. */
  readonly topicMarks: number[] = [];
  private messages = 0;

  /** Resolves with the Welcome, which it leaves to be taken by the test. @param origin `ws://host:port` */
  static async connect(origin: string, token: string, options: RealtimeConnectOptions = {}): Promise<RealtimeClient> {
    const { deaf = false, ...rest } = options;
    const socket = openSocket(origin, token, { path: '/ws', ...rest, autoPong: !deaf });
    const client = await new RealtimeClient(socket).opened();
    await client.until(() => client.frames[0], 'the Welcome');
    return client;
  }

  private constructor(socket: WebSocket) {
    super(socket);
    socket.on('ping', (payload: Buffer) => {
      const [, mark] = /^p\d*\.(\d+)$/.exec(payload.toString()) ?? [];
      if (mark === undefined) return;
      this.topicMarks.push(Number(mark));
      this.recheck();
    });
  }

  /** `data.details` of the first frame. */
  get welcome(): Record<string, unknown> {
    return this.frames[0]?.data.details as Record<string, unknown>;
  }

  get connectionId(): string {
    return this.welcome.connection_id as string;
  }

  /** Sends a message with an id, and waits for the `Ack` or `Error` that names it, whichever comes first. */
  async ask(type: string, data: unknown, more: JsonObject = {}): Promise<RealtimeFrame> {
    const id = `m${++this.messages}`;
    this.send({ type, data, id, ...more });
    return this.answer(id);
  }

  /** The data of the `Ack`; throws where an `Error` comes instead. */
  async request(type: string, data: unknown, more: JsonObject = {}): Promise<Record<string, unknown>> {
    const answer = await this.ask(type, data, more);
    if (answer.type === 'Error') throw new Error(`${type} was answered ${JSON.stringify(answer.data)}`);
    return answer.data;
  }

  answer(id: string): Promise<RealtimeFrame> {
    return this.next(({ type, data }) => {
      if (type === 'Ack') return data.message_id === id;
      return type === 'Error' && (data.details as Record<string, unknown> | undefined)?.message_id === id;
    });
  }

  subscribe(...topics: string[]): Promise<Record<string, unknown>> {
    return this.request('Subscribe', { topics });
  }

  broadcast(topic: string, payload: unknown, metadata?: JsonObject): Promise<Record<string, unknown>> {
    return this.request('Broadcast', { topic, payload }, metadata && { metadata });
  }

  /** The `Ack`, also where it follows the Error 404 of a user who is away. */
  async directMessage(user: string, payload: unknown, metadata?: JsonObject): Promise<Record<string, unknown>> {
    const id = `m${++this.messages}`;
    this.send({ type: 'DirectMessage', data: { target_user: user, payload }, id, metadata });
    return (await this.next(({ type, data }) => type === 'Ack' && data.message_id === id)).data;
  }

  /** The next frame of the type, untaken. */
  async of(type: string, fits: (data: Record<string, unknown>) => boolean = () => true): Promise<RealtimeFrame> {
    return this.next((frame) => frame.type === type && fits(frame.data));
  }

  /** All frames of these types so far, taken or not. */
  all(...types: readonly string[]): RealtimeFrame[] {
    return this.frames.filter(({ type }) => types.includes(type));
  }

  /** Waits until the server has answered a Ping: what it had sent this client before is here. */
  async settled(): Promise<void> {
    const timestamp = 1_000_000 + ++this.messages;
    this.send({ type: 'Ping', data: { timestamp } });
    await this.next(({ type, data }) => type === 'Pong' && data.timestamp === timestamp);
  }

  /** Waits until the server has heard that all topic messages up to this number are here. */
  async hasConfirmed(number: number): Promise<void> {
    await this.until(() => this.topicMarks.find((mark) => mark >= number), `a ping for ${number}`);
    await this.settled();
  }

  protected override read(data: Buffer, isBinary: boolean): RealtimeFrame {
    return isBinary ? { type: 'binary', data: {}, bytes: data } : super.read(data, isBinary);
  }
}
