import { ConcordClient } from './concord-client.js';
import type { FrameClient } from './frame-client.js';
import type { JsonObject } from './fixtures.js';
import { MessagingClient } from './messaging-client.js';
import { RealtimeClient } from './realtime-client.js';
import { RestClient } from './rest-client.js';

/** As much of a server as accounts need: one in this process, or one of its own. */
interface Place {
  readonly origin: string;
  readonly httpOrigin: string;
}

export const PASSWORD = 'correct horse battery staple';

/** Registers a name that is free. @returns the user's number */
export async function register(server: Place, username: string, password = PASSWORD, token?: string): Promise<number> {
  const client = new RestClient(server.httpOrigin, token);
  const { status, body } = await client.post<{ id: number }>('/users/register', { username, password });
  if (status !== 201) throw new Error(`register was answered ${status} ${JSON.stringify(body)}`);
  return body.id;
}

/** @returns the token */
export async function signIn(server: Place, username: string, password = PASSWORD): Promise<string> {
  const { status, body } = await new RestClient(server.httpOrigin).post<{ token: string }>('/tokens', {
    username,
    password,
  });
  if (status !== 200) throw new Error(`POST /tokens was answered ${status} ${JSON.stringify(body)}`);
  return body.token;
}

/** What a token says, whoever signed it. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
}

/** A connection in each dialect with this token. Whoever opens them closes them. */
export async function connectEverywhere(
  { origin }: Place,
  token: string,
): Promise<[MessagingClient, ConcordClient, RealtimeClient]> {
  return Promise.all([
    MessagingClient.connect(origin, token),
    ConcordClient.connect(origin, token),
    RealtimeClient.connect(origin, token),
  ]);
}

/** The codes with which they were closed, once all are. */
export async function closeCodes(clients: readonly FrameClient<JsonObject>[]): Promise<number[]> {
  return (await Promise.all(clients.map(({ closed }) => closed))).map(({ code }) => code);
}
