import type { ChatAddress } from '../../domain/chat.js';
import type { MessageKind } from '../../domain/message.js';

/** A message as the log has it; a deleted one has no content. */
export interface StoredMessage {
  readonly id: number;
  readonly chat: ChatAddress;
  readonly number: number;
  readonly sender: string;
  readonly kind: MessageKind;
  readonly clientMessageId?: string;
  readonly text?: string;
  readonly payloadJson?: string;
  readonly attachmentsJson?: string;
  readonly threadId?: number;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
}
