import type { ChatAddress } from '../domain/chat.js';
import { chatIdFor } from '../domain/chat.js';
import type { Command } from './commands.js';

export const APPEND_STATEMENT = 'select * from append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)';

const COLUMNS = 15;

/** One array per column of the `append` function, one element per command, and then what holds for all of them. */
export function appendParameters(commands: readonly Command[], receiptMembers: number): unknown[] {
  const columns: unknown[][] = Array.from({ length: COLUMNS }, () => []);
  for (const command of commands) {
    rowOf(command).forEach((value, column) => columns[column]?.push(value ?? null));
  }
  return [...columns, receiptMembers];
}

/** In the order of the function's parameters. */
function rowOf(command: Command): unknown[] {
  const { chat, origin } = command;
  const columns = columnsOf(command);
  return [
    chat.id,
    command.type === 'delete' && command.asOperator ? 'remove' : command.type,
    origin.userId,
    peerOf(chat, origin.userId),
    columns.number,
    columns.clientMessageId,
    columns.kind,
    columns.text,
    columns.payload,
    columns.metadata,
    columns.urgent,
    columns.attachments,
    columns.forwarded,
    standingOf(command),
    columns.thread,
  ];
}

/** As what somebody acts in a channel. */
function standingOf(command: Command): string | undefined {
  if (command.chat.kind !== 'channel') return undefined;
  if (command.type === 'mark') return 'member';
  if (command.asVisitor) return command.asModerator ? 'visiting moderator' : 'visitor';
  return command.asModerator ? 'moderator' : 'member';
}

interface Columns {
  readonly number?: number;
  readonly clientMessageId?: string;
  readonly kind?: string;
  readonly text?: string;
  readonly payload?: string;
  readonly metadata?: string;
  readonly urgent?: boolean;
  readonly attachments?: string;
  readonly forwarded?: string;
  readonly thread?: number;
}

function columnsOf(command: Command): Columns {
  switch (command.type) {
    case 'send':
      return {
        number: command.replyTo,
        clientMessageId: command.clientMessageId,
        kind: command.kind,
        text: command.text,
        payload: command.payloadJson,
        metadata: command.metadataJson,
        // Null where it is not: the row and the index of urgent ones are the smaller for it.
        urgent: command.isUrgent === true ? true : undefined,
        attachments: command.attachmentsJson,
        forwarded: command.forwardedJson,
        thread: command.threadId,
      };
    case 'edit':
      return {
        ...command.target,
        text: command.text,
        payload: command.payloadJson,
        attachments: command.attachmentsJson,
      };
    case 'delete':
      return command.target;
    case 'mark':
      return { number: command.upTo, kind: command.mark };
    case 'react':
      return { number: command.number, kind: command.adding ? 'add' : 'remove', text: command.reaction };
  }
}

function peerOf(chat: ChatAddress, user: string): string | undefined {
  return chat.users && chatIdFor(chat, user);
}
