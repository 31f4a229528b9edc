import type { Change, ChatMarked, MemberBase, MessageSent } from '../domain/changes.js';
import type { MessageRef } from '../domain/message.js';
import { chatIdFor } from '../domain/chat.js';
import type { Answer } from './answer.js';
import type { Command, EditCommand, MarkCommand, SendCommand } from './commands.js';
import { quoteOf, type QuoteJson } from './quote.js';

/**
 * The change that a command made; undefined where it made none.
 *
 * @param queuedAt when the command was queued, ms by `performance.now()`
 */
export function changeOf(command: Command, answer: Answer, queuedAt: number): Change | undefined {
  if (answer.code !== 200) return undefined;
  const { chat, origin } = command;
  const isAfterAnother = answer.after_another ?? undefined;
  const base = { chat, origin, change: answer.change, newest: answer.newest, at: answer.at, queuedAt, isAfterAnother };
  switch (command.type) {
    case 'send':
      return { ...base, ...sent(command, answer) };
    case 'edit':
      return { ...base, type: 'messageEdited', message: edited(command, answer) };
    case 'delete':
      return { ...base, type: 'messageDeleted', message: refOf(answer) };
    case 'mark':
      return { ...base, ...marked(command, answer) };
    case 'react':
      return {
        ...base,
        type: 'messageReacted',
        message: refOf(answer),
        reaction: command.reaction,
        adding: command.adding,
        reactionsJson: answer.detail ?? '{}',
      };
  }
}

function sent(command: SendCommand, answer: Answer): Pick<MessageSent, 'type' | 'message' | 'bases'> {
  const { chat, origin } = command;
  const bases: MemberBase[] = answer.base === null ? [] : [{ userId: origin.userId, base: answer.base }];
  if (answer.peer_base !== null) bases.push({ userId: chatIdFor(chat, origin.userId), base: answer.peer_base });
  return {
    type: 'messageSent',
    bases,
    message: {
      id: answer.id ?? 0,
      number: answer.number,
      sender: origin.userId,
      senderName: command.senderName,
      senderNumber: answer.user_number ?? undefined,
      clientMessageId: command.clientMessageId,
      kind: command.kind,
      text: command.text,
      payloadJson: command.payloadJson,
      metadataJson: command.metadataJson,
      isUrgent: command.isUrgent,
      attachmentsJson: command.attachmentsJson,
      forwardedJson: command.forwardedJson,
      threadId: answer.thread_id ?? undefined,
      replyTo: answer.detail === null ? undefined : quoteOf(JSON.parse(answer.detail) as QuoteJson),
      createdAt: answer.at,
    },
  };
}

function edited(command: EditCommand, answer: Answer) {
  return {
    id: answer.id ?? 0,
    number: answer.number,
    clientMessageId: answer.client_message_id ?? undefined,
    sender: command.origin.userId,
    senderNumber: answer.user_number ?? undefined,
    kind: 'new' as const,
    text: answer.text ?? undefined,
    payloadJson: answer.payload ?? undefined,
    metadataJson: answer.metadata ?? undefined,
    attachmentsJson: answer.attachments ?? undefined,
    threadId: answer.thread_id ?? undefined,
    wasTextless: answer.is_textless ? (true as const) : undefined,
    reactionsJson: answer.detail ?? undefined,
    createdAt: answer.created_at,
    updatedAt: answer.at,
  };
}

interface AuthorJson {
  readonly userId: string;
  readonly number: number;
  readonly clientMessageId: string | null;
}

function marked(
  command: MarkCommand,
  answer: Answer,
): Pick<ChatMarked, 'type' | 'mark' | 'upTo' | 'authors' | 'bases'> {
  const authors = answer.detail === null ? [] : (JSON.parse(answer.detail) as AuthorJson[]);
  return {
    type: 'chatMarked',
    mark: command.mark,
    upTo: refOf(answer),
    authors: authors.map(({ userId, number, clientMessageId }) => ({
      userId,
      message: { number, clientMessageId: clientMessageId ?? undefined },
    })),
    bases: [{ userId: command.origin.userId, base: answer.base ?? 0 }],
  };
}

function refOf({ id, number, client_message_id, thread_id, is_textless }: Answer): MessageRef {
  return {
    id: id ?? undefined,
    number,
    clientMessageId: client_message_id ?? undefined,
    threadId: thread_id ?? undefined,
    isTextless: is_textless ? true : undefined,
  };
}
