import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Sends a JSON document piece by piece, as fast as the client takes it, to be kept as a file. Resolves at its end, also where the client
 * has gone before.
 *
 * @param filename of plain characters
 */
export async function sendJson(
  response: ServerResponse,
  pieces: AsyncIterable<string>,
  filename: string,
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Disposition': `attachment; filename="${filename}"`,
  });
  try {
    await pipeline(Readable.from(pieces), response);
  } catch (error) {
    if (!isClientGone(error)) throw error;
  }
}

function isClientGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
