import { extname } from 'node:path';
import type { Attachment } from '../../domain/payloads.js';
import type { KeptFile } from '../files/files.service.js';

/** A kept file as messages of every dialect show it. */
export function attachmentOf({ id, filename, url, bytes }: KeptFile): Attachment {
  const extension = extname(filename).slice(1);
  const meta = extension === '' ? { size: bytes } : { extension, size: bytes };
  return { type: 'file', id, filename, url, meta };
}
