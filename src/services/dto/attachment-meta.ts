import { BadRequestError } from '../../domain/errors.js';
import type { Attachment } from '../../domain/payloads.js';

type Kind = 'string' | 'number';

const IMAGE_FIELDS = { mimetype: 'string', width: 'number', height: 'number', size: 'number' } as const;

/** What `meta` may say of each type. Each may be missing; other fields are the clients' own. */
const META_FIELDS: Readonly<Record<Attachment['type'], Readonly<Record<string, Kind>>>> = {
  file: { extension: 'string', size: 'number' },
  image: IMAGE_FIELDS,
  video: { ...IMAGE_FIELDS, duration: 'number' },
};

/** 400 that names the first known field of a `meta` that is of a wrong kind. A DTO can't: which are known depends on the type. */
export function requireMeta(attachments: readonly Attachment[] = []): void {
  for (const [index, { type, meta }] of attachments.entries()) {
    const fault = meta && faultyMetaField(type, meta);
    if (fault !== undefined) throw BadRequestError.at(`payload.attachments.${index}.meta.${fault}`);
  }
}

/** The first known field that is of a wrong kind. */
export function faultyMetaField(type: Attachment['type'], meta: NonNullable<Attachment['meta']>): string | undefined {
  return Object.entries(META_FIELDS[type]).find(([field, kind]) => !isOfKind(meta[field], kind))?.[0];
}

function isOfKind(value: unknown, kind: Kind): boolean {
  return value === undefined || (typeof value === kind && (kind === 'string' || Number.isFinite(value)));
}
