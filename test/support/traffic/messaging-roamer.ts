import { Outbox } from './outbox.js';
import { Roamer } from './roamer.js';

interface Request {
  readonly key: string;
  readonly payloadType: 'new' | 'edit';
  readonly payload: Readonly<Record<string, unknown>> & { readonly chatId: string; readonly message: string };
}

interface Frame {
  readonly type?: string;
  readonly id?: string | number;
  readonly eventType?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number };
}

/** What a message is known by to a reader. */
export function messageKey(chatId: unknown, messageId: unknown): string {
  return `${String(chatId)}#${String(messageId)}`;
}

/** A contact was said to have gone. */
export interface SeenOffline {
  readonly userId: string;
  readonly at: number;
}

const NOT_NOW = [429, 503];

/** A named device that acks at once, and edits some of what it has sent. */
export class MessagingRoamer extends Roamer {
  /** The texts of all that it knows, its own too. */
  readonly replica = new Map<string, string>();
  readonly offlines: SeenOffline[] = [];
  readonly outbox = new Outbox<Request>();
  private words = 0;

  constructor(
    userId: string,
    anyOrigin: () => string,
    /** Where it says something, by turns. */
    private readonly chatIds: readonly string[],
  ) {
    super(userId, anyOrigin, { path: '/messaging', query: { device: 'phone', ackResponses: 'false' } });
  }

  get unconfirmed(): number {
    return this.outbox.size;
  }

  say(): void {
    this.words += 1;
    const key = `${this.userId}.${this.words}`;
    const chatId = this.chatIds[this.words % this.chatIds.length] ?? this.userId;
    this.outbox.add({ key, payloadType: 'new', payload: { chatId, message: key, clientMessageId: key } });
    this.flush();
  }

  flush(): void {
    if (!this.isConnected) return;
    for (const { key, payloadType, payload } of this.outbox.due(this.serial)) {
      this.send({ type: 'request', id: key, timestamp: 0, payloadType, payload });
    }
  }

  protected receive(frame: Frame): void {
    if (frame.type === 'response') this.answerCame(frame);
    else if (frame.type === 'event') this.eventCame(frame);
  }

  private eventCame({ id, eventType, payload = {} }: Frame): void {
    if (id !== undefined) this.send({ type: 'ack', id });
    if (eventType === 'new' || eventType === 'edit') this.learn(payload.chatId, payload.messageId, payload.message);
    if (eventType === 'offline') this.offlines.push({ userId: String(payload.userId), at: Date.now() });
    if (eventType === 'reconnect') this.comeBackAfter(payload.afterMs);
  }

  private answerCame({ id, payload = {}, error }: Frame): void {
    const key = String(id);
    if (error && NOT_NOW.includes(error.code)) {
      this.outbox.refuse(key);
      return;
    }
    const request = this.outbox.confirm(key);
    if (error) this.complaints.push(`${this.userId} was answered ${JSON.stringify(error)} to ${key}`);
    else if (request) this.confirmed(request, payload.messageId);
  }

  private confirmed({ key, payloadType, payload }: Request, messageId: unknown): void {
    const { chatId, message } = payload;
    this.learn(chatId, messageId, message);
    if (payloadType === 'edit' || Math.random() > 0.1) return;
    const edited = { chatId, messageId, message: `${key} edited` };
    this.outbox.add({ key: `${key} edited`, payloadType: 'edit', payload: edited });
    this.flush();
  }

  private learn(chatId: unknown, messageId: unknown, text: unknown): void {
    this.replica.set(messageKey(chatId, messageId), String(text));
  }
}
