import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface UpgradeAttempt {
  /** With its query. */
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server answered to an attempt; of one that succeeded the body is empty and the socket is closed again. */
export interface UpgradeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Asks for a WebSocket as plainly as can be, without a client library that would judge the answer.
 *
 * @param origin `http://host:port`
 */
export async function attemptUpgrade(origin: string, attempt: UpgradeAttempt = {}): Promise<UpgradeAnswer> {
  const { path = '/messaging', protocols = [], headers = {} } = attempt;
  const asked = request(`${origin}${path}`, {
    agent: false,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...(protocols.length > 0 && { 'sec-websocket-protocol': protocols.join(', ') }),
      ...headers,
    },
  });
  asked.end();
  const upgraded = once(asked, 'upgrade') as Promise<[IncomingMessage, Socket]>;
  const refused = once(asked, 'response') as Promise<[IncomingMessage]>;
  const [answer, socket] = await Promise.race([upgraded, refused]);
  socket?.destroy();
  const body = socket ? '' : await text(answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}
