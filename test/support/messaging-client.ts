import type { WebSocket } from 'ws';
import type { JsonObject } from './fixtures.js';
import { type ConnectOptions, FrameClient, openSocket } from './frame-client.js';

export type { Closing, ConnectOptions } from './frame-client.js';

export interface Frame extends JsonObject {
  readonly type?: string;
  readonly id?: string | number | null;
  readonly eventType?: string;
  readonly payloadType?: string;
  readonly payload?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly details: Record<string, unknown> };
}

/** A client of the messaging dialect. */
export class MessagingClient extends FrameClient<Frame> {
  private requests = 0;

  private constructor(
    socket: WebSocket,
    private readonly acks: boolean,
  ) {
    super(socket);
  }

  /** @param origin `ws://host:port` */
  static connect(origin: string, token: string, options: ConnectOptions = {}): Promise<MessagingClient> {
    const socket = openSocket(origin, token, { path: '/messaging', ...options });
    return new MessagingClient(socket, options.acks ?? false).opened();
  }

  /** Sends a request and waits for its answer, whatever it is. */
  async ask(payloadType: string, payload?: unknown): Promise<Frame> {
    const id = `r${++this.requests}`;
    this.send({ type: 'request', id, timestamp: 0, payloadType, payload });
    return this.next((frame) => frame.type === 'response' && frame.id === id && !isAckAnswer(frame));
  }

  /** The payload of the answer; throws where the answer is an error. */
  async request<T = Record<string, unknown>>(payloadType: string, payload?: unknown): Promise<T> {
    const answer = await this.ask(payloadType, payload);
    if (answer.error) throw new Error(`${payloadType} was answered ${JSON.stringify(answer.error)}`);
    return answer.payload as T;
  }

  /** A client event, which has no answer. */
  tell(eventType: string, payload?: unknown): void {
    this.send({ type: 'event', timestamp: 0, eventType, payload });
  }

  ack(id: unknown): void {
    this.send({ type: 'ack', id });
  }

  event(eventType: string, fits: (payload: Record<string, unknown>) => boolean = () => true): Promise<Frame> {
    return this.next((frame) => frame.type === 'event' && frame.eventType === eventType && fits(frame.payload ?? {}));
  }

  /** All events of these types so far, taken or not. */
  events(...types: readonly string[]): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event' && types.includes(frame.eventType ?? ''));
  }

  /** Waits until the server has answered a ping: what it had sent this client before is here. */
  async settled(): Promise<void> {
    this.send('ping');
    await this.next((frame) => frame.event === 'pong');
  }

  protected override receive(frame: Frame): void {
    if (this.acks && frame.type === 'event' && frame.id !== undefined) this.ack(frame.id);
    super.receive(frame);
  }
}

/** Answers to acks carry neither payloadType nor payload nor error. */
export function isAckAnswer(frame: Frame): boolean {
  return (
    frame.type === 'response' &&
    frame.payloadType === undefined &&
    frame.payload === undefined &&
    frame.error === undefined
  );
}
