import type { Frame } from '../support/messaging-client.js';
import { KnownCalls } from './known-calls.js';

/** A message as far as a device has been told of it. */
export interface KnownMessage {
  /** It was told whole; else only that it was touched. */
  whole: boolean;
  sender?: string;
  clientMessageId?: string;
  text?: string;
  /** From a realtime client, where it has no text. */
  payload?: unknown;
  attachments: unknown;
  replyTo?: number;
  reactions: Readonly<Record<string, number>>;
  deleted: boolean;
  /** Where and when this was told last: see `isStale`. */
  line: number;
  at: number;
}

export interface KnownMarks {
  dlvrd: number;
  read: number;
}

export class KnownChat {
  readonly messages = new Map<number, KnownMessage>();
  /** How far others have got in one's own messages, and oneself in all. */
  readonly marks = new Map<string, KnownMarks>();
  /** A group's, where what was told last is certain. */
  name?: string;
  removed = false;
  /** Told how often what the chat is: an old answer must not overrule it. */
  states = 0;

  message(number: number): KnownMessage {
    const known = this.messages.get(number) ?? blank();
    this.messages.set(number, known);
    return known;
  }

  marksOf(userId: string): KnownMarks {
    const known = this.marks.get(userId) ?? { dlvrd: 0, read: 0 };
    this.marks.set(userId, known);
    return known;
  }
}

type Payload = Readonly<Record<string, unknown>>;

/**
 * What a device shows: made of nothing but the frames that it got, in the order in which they came, keyed by chat and
 * number, the later one replacing the earlier. Just what protocol.md promises to be enough.
 */
export class Replica {
  readonly chats = new Map<string, KnownChat>();
  readonly calls = new KnownCalls();

  chat(chatId: string): KnownChat {
    const known = this.chats.get(chatId) ?? new KnownChat();
    this.chats.set(chatId, known);
    return known;
  }

  /** @param line which of the device's connections it came on */
  learnEvent(frame: Frame, line: number): void {
    const { eventType, payload = {}, timestamp } = frame;
    const at = Math.max(Number(timestamp), Number(payload.updatedAt ?? 0));
    switch (eventType) {
      case 'newCall':
      case 'closeCall':
        this.calls.learnEvent(frame, line);
        return;
      case 'call':
        this.calls.learnEvent(frame, line);
        this.change(payload, line, at, (message) => Object.assign(message, callOf(payload)));
        return;
      case 'new':
        this.change(payload, line, at, (message) => Object.assign(message, wholeOf(payload)));
        return;
      case 'edit':
        this.change(payload, line, at, (message) => {
          message.text = payload.message as string;
          message.payload = payload.payload;
          message.attachments = nonEmpty(payload.attachments);
          message.deleted = false;
        });
        return;
      case 'delete':
        this.change(payload, line, at, erase);
        return;
      case 'react':
        this.messageOf(payload).reactions = payload.reactions as Record<string, number>;
        return;
      case 'dlvrd':
      case 'read':
        this.mark(payload, payload.userId as string, eventType);
        return;
      case 'chats':
        for (const chat of payload.chats as Payload[]) this.learnChat(chat.id as string, chat);
        return;
      default:
      // Presence and typing are not kept.
    }
  }

  /** What one has sent oneself is known from the answer to it, and nothing that was told since is forgotten. */
  learnSent(sent: Payload, { messageId }: Payload, sender: string): void {
    const message = this.chat(sent.chatId as string).message(messageId as number);
    if (message.whole) return;
    message.whole = true;
    message.sender = sender;
    message.clientMessageId = sent.clientMessageId as string | undefined;
    message.replyTo = sent.replyTo as number | undefined;
    if (message.deleted || message.at > 0) return;
    message.text = sent.message as string;
    message.attachments = nonEmpty(sent.attachments);
  }

  learnEdited(edit: Payload, answer: Payload, line: number): void {
    this.change({ ...edit, ...answer }, line, Number(answer.timestamp), (message) => {
      message.text = edit.message as string;
      message.payload = undefined;
      if (edit.attachments !== undefined) message.attachments = nonEmpty(edit.attachments);
      message.deleted = false;
    });
  }

  learnDeleted({ chatId }: Payload, answer: Payload, line: number): void {
    this.change({ ...answer, chatId }, line, Number(answer.timestamp), erase);
  }

  learnReacted(reaction: Payload, answer: Payload): void {
    this.messageOf(reaction).reactions = answer.reactions as Record<string, number>;
  }

  learnMarked(mark: Payload, answer: Payload, userId: string, kind: 'dlvrd' | 'read'): void {
    if (answer.messageId !== undefined) this.mark({ ...mark, ...answer }, userId, kind);
  }

  learnChat(chatId: string, { removed, name }: Payload): void {
    const chat = this.chat(chatId);
    chat.states += 1;
    chat.removed = removed === true;
    if (chat.removed) this.calls.leaveChat(chatId);
    chat.name = name as string | undefined;
  }

  /**
   * An answer that shows a chat may have been overtaken by an event that tells more.
   * @param statesKnown how often the chat had been told of when the request was made
   */
  learnShown(chatId: string, { name }: Payload, statesKnown: number): void {
    const chat = this.chat(chatId);
    const isFresh = chat.states === statesKnown;
    chat.name = isFresh ? (name as string) : undefined;
    if (isFresh) chat.removed = false;
  }

  private change(payload: Payload, line: number, at: number, apply: (message: KnownMessage) => void): void {
    const message = this.messageOf(payload);
    if (isStale(message, line, at)) return;
    apply(message);
    message.line = line;
    message.at = at;
  }

  private messageOf({ chatId, messageId }: Payload): KnownMessage {
    return this.chat(chatId as string).message(messageId as number);
  }

  private mark({ chatId, messageId }: Payload, userId: string, kind: 'dlvrd' | 'read'): void {
    const marks = this.chat(chatId as string).marksOf(userId);
    marks[kind] = Math.max(marks[kind], messageId as number);
    marks.dlvrd = Math.max(marks.dlvrd, marks.read);
  }
}

/** On one connection the order in which things come is all that counts; two connections have no order between them. */
function isStale(message: KnownMessage, line: number, at: number): boolean {
  return message.line !== line && at < message.at;
}

function blank(): KnownMessage {
  return { whole: false, attachments: undefined, reactions: {}, deleted: false, line: 0, at: 0 };
}

function wholeOf(payload: Payload): Partial<KnownMessage> {
  return {
    whole: true,
    sender: payload.sender as string,
    clientMessageId: payload.clientMessageId as string | undefined,
    text: payload.message as string | undefined,
    payload: payload.payload,
    attachments: payload.attachments,
    replyTo: (payload.replyTo as { messageId: number } | undefined)?.messageId,
    reactions: (payload.reactions ?? {}) as Record<string, number>,
    deleted: false,
  };
}

/** Its text and attachments are none; what else it says is told in `KnownCall`. */
function callOf({ sender, reactions = {} }: Payload): Partial<KnownMessage> {
  return { whole: true, sender: sender as string, reactions: reactions as KnownMessage['reactions'], deleted: false };
}

function erase(message: KnownMessage): void {
  Object.assign(message, { deleted: true, text: undefined, payload: undefined, attachments: undefined, reactions: {} });
}

function nonEmpty(attachments: unknown): unknown {
  return Array.isArray(attachments) && attachments.length > 0 ? attachments : undefined;
}
