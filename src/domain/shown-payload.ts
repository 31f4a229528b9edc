import type { Message } from './message.js';

const NO_ATTACHMENTS_JSON = '[]';

/**
 * A message as clients of payloads are shown it, JSON text: what its sender sent, as it was, or else its text and attachments in the
 * form in which they would have sent them.
 */
export function shownPayload({
  payloadJson,
  text,
  attachmentsJson = NO_ATTACHMENTS_JSON,
}: Pick<Message, 'payloadJson' | 'text' | 'attachmentsJson'>): string {
  if (payloadJson !== undefined) return payloadJson;
  const message = text === undefined ? '' : `"message":${JSON.stringify(text)},`;
  return `{${message}"attachments":${attachmentsJson}}`;
}
