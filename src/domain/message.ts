export type MessageKind = 'new' | 'call';

/** The message that another one answers, as it stands now. */
export interface Quote {
  readonly number: number;
  readonly clientMessageId?: string;
  readonly sender: string;
  readonly text?: string;
  readonly createdAt: number;
}

/** A message in its present state. `…Json` fields hold JSON text, kept and handed on exactly as sent. */
export interface Message {
  /** Unique among all messages of all chats. */
  readonly id: number;
  /** Dense from 1 in its chat; the wire's `messageId`. */
  readonly number: number;
  readonly sender: string;
  readonly senderName?: string;
  /** The sender's number among all users; known of messages in channels only. */
  readonly senderNumber?: number;
  readonly clientMessageId?: string;
  readonly kind: MessageKind;
  readonly text?: string;
  /** What a client of another dialect sent instead of a text, or around it. */
  readonly payloadJson?: string;
  /** The metadata that came with the payload. */
  readonly metadataJson?: string;
  /** It goes ahead of what else waits for an offline user. */
  readonly isUrgent?: boolean;
  readonly attachmentsJson?: string;
  readonly replyTo?: Quote;
  /** Channels only: the thread that it was written in. */
  readonly threadId?: number;
  readonly forwardedJson?: string;
  /** `{"👍":2}`, kinds in the order in which they came. Of an edit only where a text is given to what had none. */
  readonly reactionsJson?: string;
  readonly createdAt: number;
  readonly updatedAt?: number;
  /** A deleted message keeps its number and this time, and no content. */
  readonly deletedAt?: number;
  /** Of an edit in a channel: it had no text before, so whoever is shown texts alone had not seen it. */
  readonly wasTextless?: true;
}

/** One message as an event names it when its content does not matter. */
export interface MessageRef {
  /** Absent in marks. */
  readonly id?: number;
  readonly number: number;
  readonly clientMessageId?: string;
  /** Channels only: the thread that it was written in. */
  readonly threadId?: number;
  /** Channels only: it has no text, so whoever is shown texts alone has not seen it. */
  readonly isTextless?: true;
}
