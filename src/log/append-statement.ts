import type { ChatAddress } from '../domain/chat.js';
import { chatIdFor } from '../domain/chat.js';
import type { Command } from './commands.js';

export const APPEND_STATEMENT = 'select * from append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)';

const COLUMNS = 14;

/** One array per column of the `append` function, one element per command. */
export function appendParameters(commands: readonly Command[], receiptMembers: number): unknown[][] {
  const columns: unknown[][] = Array.from({ length: COLUMNS }, () => []);
  for (const command of commands) {
    rowOf(command, receiptMembers).forEach((value, column) => columns[column]?.push(value ?? null));
  }
  return columns;
}

/** In the order of the function's parameters. */
function rowOf(command: Command, receiptMembers: number): unknown[] {
  const { chat, origin, type } = command;
  const columns = columnsOf(command);
  return [
    chat.id,
    type,
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
    // Marks in channels are nobody's business.
    chat.kind === 'channel' ? 0 : receiptMembers,
  ];
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
