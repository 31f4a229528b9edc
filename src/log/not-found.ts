import { NotFoundError } from '../domain/errors.js';

/** What the fields of requests name, for people. */
const NAMED: Readonly<Partial<Record<string, string>>> = {
  chatId: 'chat',
  channelId: 'channel',
  parentChannelId: 'channel',
  threadId: 'thread',
  callId: 'call',
};

/**
 * The database knows of nothing by what the field names, or of nothing for who asks. The text is the same as where a service finds
 * that out before: it must not tell what is there for others.
 */
export function notFound(field: string | null): NotFoundError {
  if (field === null) return new NotFoundError('not found');
  return new NotFoundError(`unknown ${NAMED[field] ?? 'message'}`, { field: `payload.${field}` });
}
