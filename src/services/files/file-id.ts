import { randomBytes } from 'node:crypto';

/** A prefix and 22 characters, 128 random bits in base64url: nobody guesses one, though guessing would not open the file. */
const FILE_ID = /^f_[A-Za-z0-9_-]{22}$/;

export function newFileId(): string {
  return `f_${randomBytes(16).toString('base64url')}`;
}

export function isFileId(text: string): boolean {
  return FILE_ID.test(text);
}

/** Where the file can be fetched, below the server's address. */
export function fileUrl(id: string): string {
  return `/api/files/${id}`;
}
