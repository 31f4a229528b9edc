import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back over a socket until the server closed it. */
export interface RawAnswer {
  /** Absent: it closed without a word. */
  readonly status?: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Writes bytes as they are and reads until the server closes the connection, so what is sent must make it close.
 *
 * @param origin `http://host:port`
 */
export async function sendRaw(origin: string, data: string | Buffer): Promise<RawAnswer> {
  const socket = await openRaw(origin);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.write(data);
  await closed;
  return parse(Buffer.concat(chunks).toString('latin1'));
}

/** A bare connection. That the server may end it roughly is no failure of the test. */
export async function openRaw(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** The head of a request; a line that is undefined is left out. */
export function head(requestLine: string, headers: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Readonly<Record<string, string | undefined>> = { Host: 'localhost', ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[requestLine, ...lines].join('\r\n')}\r\n\r\n`;
}

function parse(answer: string): RawAnswer {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return { headers: new Map(), body: answer };
  const [statusLine = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), body: answer.slice(end + 4) };
}
