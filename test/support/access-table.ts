import type { RestClient } from './rest-client.js';

/** Who may ask. Each has a user of its own, but for who has none. */
export const personas = [
  'without a token',
  'with an expired token',
  'a stranger',
  'the author',
  'a member by messaging',
  'a holder of the role channels',
  'a holder of the role moderator',
  'an admin',
  'a claim topics without the channel',
] as const;
export type Persona = (typeof personas)[number];

/** What each route is tried on: a channel of its own for each try, and what is in it. */
export interface Scene {
  readonly channelId: number;
  /** Of a chat that the author wrote in the channel. */
  readonly chatId: number;
  /** Has no thread yet. */
  readonly sourceChatId: number;
  readonly userId: number;
  /** Of a file that the author sent to the member. */
  readonly fileId: string;
  /** Good for names of users and channels that nobody has. */
  readonly freshName: string;
  /** An account. */
  readonly credentials: object;
}

type Asked = readonly [path: string, body?: object];
export type Expected = Readonly<Record<Persona, number>>;

interface Row {
  readonly asked: (scene: Scene) => Asked;
  readonly expected: Expected;
}

/** The same for everybody with a token, but for whom it says otherwise. */
function users(status: number, exceptions: Partial<Expected> = {}): Expected {
  const rows = personas.map((persona, index) => [persona, index < 2 ? 401 : status] as const);
  return { ...(Object.fromEntries(rows) as Expected), ...exceptions };
}

/** Whoever reads the channel. */
function readers(status: number): Expected {
  return users(status, { 'a claim topics without the channel': 403 });
}

function managers(status: number): Expected {
  return users(403, { 'a holder of the role channels': status, 'an admin': status });
}

const everybody = (status: number): Expected => Object.fromEntries(personas.map((who) => [who, status])) as Expected;

/** Every route of the document: what it is asked, and how each persona is answered. */
export const ACCESS: Readonly<Record<string, Row>> = {
  'POST /api/users/register': {
    asked: ({ freshName }) => ['/users/register', { username: freshName, password: 'x' }],
    // A token that comes along is meant to count.
    expected: { ...everybody(201), 'with an expired token': 401 },
  },
  'POST /api/tokens': { asked: ({ credentials }) => ['/tokens', credentials], expected: everybody(200) },
  'GET /api/tokens/recycle': { asked: () => ['/tokens/recycle'], expected: users(200) },
  'GET /api/self': { asked: () => ['/self'], expected: users(200) },
  'POST /api/self/password': {
    asked: () => ['/self/password', { newPassword: 'x' }],
    expected: users(200, { 'a claim topics without the channel': 403 }),
  },
  'GET /api/users': { asked: () => ['/users'], expected: users(200) },
  'GET /api/users/{id}': { asked: ({ userId }) => [`/users/${userId}`], expected: users(200) },
  'GET /api/server': { asked: () => ['/server'], expected: users(200) },
  'PATCH /api/server': { asked: () => ['/server', { description: 'x' }], expected: managers(200) },
  'GET /api/channels': { asked: () => ['/channels'], expected: users(200) },
  'POST /api/channels': { asked: ({ freshName }) => ['/channels', { name: freshName }], expected: managers(201) },
  'GET /api/channels/{id}': { asked: ({ channelId }) => [`/channels/${channelId}`], expected: readers(200) },
  'PATCH /api/channels/{id}': {
    asked: ({ channelId }) => [`/channels/${channelId}`, { ordinality: 1 }],
    expected: managers(200),
  },
  'DELETE /api/channels/{id}': { asked: ({ channelId }) => [`/channels/${channelId}`], expected: managers(204) },
  'GET /api/channels/{id}/chats/latest': {
    asked: ({ channelId }) => [`/channels/${channelId}/chats/latest`],
    expected: readers(200),
  },
  'GET /api/channels/{id}/chats': {
    asked: ({ channelId }) => [`/channels/${channelId}/chats`],
    expected: readers(200),
  },
  'POST /api/channels/{id}/chats': {
    asked: ({ channelId }) => [`/channels/${channelId}/chats`, { content: 'x' }],
    expected: readers(201),
  },
  'GET /api/channels/{id}/threads': {
    asked: ({ channelId }) => [`/channels/${channelId}/threads`],
    expected: readers(200),
  },
  'POST /api/channels/{id}/threads': {
    asked: ({ channelId, sourceChatId }) => [`/channels/${channelId}/threads`, { sourceChatId, name: 'x' }],
    expected: readers(201),
  },
  'GET /api/chats': { asked: () => ['/chats'], expected: users(200) },
  'GET /api/chats/{id}': { asked: ({ chatId }) => [`/chats/${chatId}`], expected: readers(200) },
  'PATCH /api/chats/{id}': {
    asked: ({ chatId }) => [`/chats/${chatId}`, { content: 'y' }],
    expected: users(403, { 'the author': 200 }),
  },
  'DELETE /api/chats/{id}': {
    asked: ({ chatId }) => [`/chats/${chatId}`],
    expected: users(403, { 'the author': 204, 'a holder of the role moderator': 204, 'an admin': 204 }),
  },
  'GET /api/chats/{id}/reactions': { asked: ({ chatId }) => [`/chats/${chatId}/reactions`], expected: readers(200) },
  'POST /api/chats/{id}/reactions': {
    asked: ({ chatId }) => [`/chats/${chatId}/reactions`, { reaction: 'x', adding: true }],
    expected: readers(200),
  },
  'GET /api/ice-servers': { asked: () => ['/ice-servers'], expected: users(200) },
  'GET /api/files/{id}': {
    asked: ({ fileId }) => [`/files/${fileId}`],
    expected: users(404, { 'the author': 200, 'a member by messaging': 200 }),
  },
};

export async function statusOf(client: RestClient, route: string, scene: Scene): Promise<number> {
  const [method = ''] = route.split(' ');
  const row = ACCESS[route];
  if (!row) throw new Error(`${route} is not in the table`);
  const [path, body] = row.asked(scene);
  return (await client.ask(method, path, body)).status;
}

/** The frames of concord: what is said, and with which code each persona that may connect is refused; 0: not at all. */
export const FRAME_ACCESS: Readonly<
  Record<string, { readonly frame: (scene: Scene) => object; readonly expected: Expected }>
> = {
  chat_written: {
    frame: ({ channelId }) => ({ channelId, threadId: null, sentAt: 0, content: 'x' }),
    expected: readers(0),
  },
  chat_reaction: { frame: ({ chatId }) => ({ chatId, reaction: 'x', adding: true }), expected: readers(0) },
  chat_typing: { frame: ({ channelId }) => ({ channelId, threadId: null, sentAt: 0 }), expected: readers(0) },
};
