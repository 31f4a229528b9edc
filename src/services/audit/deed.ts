import type { Operator } from '../../domain/operator.js';

/** What operators can do. What only looks is no deed, but for an export: it takes all of a user's data away. */
export type AuditAction =
  | 'user.ban'
  | 'user.unban'
  | 'user.erase'
  | 'user.export'
  | 'token.issue'
  | 'token.revoke'
  | 'connection.close'
  | 'chat.addMember'
  | 'chat.removeMember'
  | 'message.delete'
  | 'topic.purge'
  | 'call.close'
  | 'notification.send';

export interface Deed {
  readonly operator: Operator;
  readonly action: AuditAction;
  /** Whom or what it is done to: the id of a user, a connection, a chat, a message or a call, a topic; `*` for everybody. */
  readonly subject: string;
  /** What else was asked, for whoever reads the audit. Never a secret. */
  readonly details?: object;
  /** What it is answered with must not be kept: a repetition does the deed again. */
  readonly isAnswerSecret?: true;
}

/** A deed as the audit has it. */
export interface AuditEntry {
  readonly id: number;
  /** When it began, ms since the epoch. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly address: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** `done`, or the code of the error that it ended with; null: it is under way, or its server died. */
  readonly outcome: string | null;
}

export interface AuditQuery {
  readonly actor?: string;
  readonly subject?: string;
  /** Older than the entry with this id. */
  readonly before?: number;
  readonly limit: number;
}
