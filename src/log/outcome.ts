import { BadRequestError, ConflictError, ForbiddenError, type ParlanceError } from '../domain/errors.js';
import type { Answer } from './answer.js';
import type { Command, Outcomes, Reacted } from './commands.js';
import { notFound } from './not-found.js';

/** What a command's caller is told, or why it failed. */
export function outcomeOf(command: Command, answer: Answer): Outcomes[Command['type']] | ParlanceError {
  if (answer.code >= 400) return failureOf(command, answer);
  if (answer.code === 204) return undefined;
  if (command.type === 'react') return reactedOf(answer);
  const appended = {
    id: answer.id ?? 0,
    number: answer.number,
    clientMessageId: clientMessageIdOf(command, answer),
    at: answer.at,
    threadId: answer.thread_id ?? undefined,
    userNumber: answer.user_number ?? undefined,
  };
  if (command.type !== 'mark') return appended;
  return { ...appended, missed: answer.newest - (answer.base ?? answer.newest) };
}

function reactedOf({ code, detail }: Answer): Reacted {
  const reactionsJson = detail ?? '{}';
  return code === 208 ? { reactionsJson, isRepeated: true } : { reactionsJson };
}

function clientMessageIdOf(command: Command, answer: Answer): string | undefined {
  return (command.type === 'send' ? command.clientMessageId : answer.client_message_id) ?? undefined;
}

const FAILURES = {
  400: [BadRequestError, 'the ids name different messages'],
  403: [ForbiddenError, 'not allowed'],
  409: [ConflictError, 'not possible any more'],
} as const;

function failureOf(command: Command, { code, field }: Answer): ParlanceError {
  if (code === 404) return notFound(field);
  const [Failure, text] = FAILURES[code as keyof typeof FAILURES];
  return new Failure(`${command.type}: ${text}`, field === null ? {} : { field: `payload.${field}` });
}
