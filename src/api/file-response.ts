import type { ServerResponse } from 'node:http';
import type { ReadableFile } from '../services/files/files.service.js';
import { attachmentNamed } from './content-disposition.js';

/** As much of the framework's response as sends files. */
export interface FileResponse extends ServerResponse {
  sendFile(path: string, options: SendFileOptions, done: (error?: SendFileError) => void): void;
}

interface SendFileOptions {
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface SendFileError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly statusCode?: number;
}

/**
 * Streams the file from disk, the range that was asked for where one was. Resolves at its end, also where the client has
 * gone before.
 *
 * @throws what the request is at fault in (a range beyond the end), with its `statusCode`; anything else is ours
 */
export function sendFile(response: FileResponse, file: ReadableFile): Promise<void> {
  const headers = {
    // Whatever it is: nothing that users send is shown as a page of this host.
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': attachmentNamed(file.filename),
    // Asked again each time, for who may read it changes; the content does not.
    'Cache-Control': 'private, no-cache',
    ETag: `"${file.sha256}"`,
  };
  return new Promise((resolve, reject) => {
    response.sendFile(file.place.path, { root: file.place.root, headers }, (error) => {
      if (error === undefined || isClientGone(error)) {
        resolve();
        return;
      }
      response.removeHeader('Content-Disposition');
      reject(
        error.statusCode === 404 ? new Error(`the bytes of file ${file.id} are missing`, { cause: error }) : error,
      );
    });
  });
}

function isClientGone({ code, syscall }: SendFileError): boolean {
  return code === 'ECONNABORTED' || syscall === 'write';
}
