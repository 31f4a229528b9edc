import type { Attachment } from '../../domain/payloads.js';
import { ATTACHMENT_TYPES, MAX_ATTACHMENTS } from './attachment.dto.js';
import { faultyMetaField } from './attachment-meta.js';
import { isText } from './field.decorator.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Whether a value of which nothing is known could be the attachments of a `new`: 1 to 10 that `AttachmentDto` and
 * `requireMeta` let through. For payloads that are the clients' own, where it is no fault to be something else.
 */
export function areAttachments(value: unknown): value is readonly Attachment[] {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_ATTACHMENTS && value.every(isAttachment);
}

function isAttachment(value: unknown): value is Attachment {
  if (!isJsonObject(value)) return false;
  const { type, id, filename, url, meta } = value;
  const known = ATTACHMENT_TYPES.find((each) => each === type);
  if (known === undefined || ![id, filename, url].every(isText)) return false;
  return meta === undefined || (isJsonObject(meta) && faultyMetaField(known, meta) === undefined);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
