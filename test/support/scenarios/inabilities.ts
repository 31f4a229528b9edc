import type { DeedName } from './doing.js';

/** In whose words something is done. */
export type DialectWords = 'messaging' | 'realtime' | 'concord' | 'rest';

/** What a client would try; the server refuses it with the code. */
export interface Attempt {
  /** A frame; over REST the method and the path, in which `:channel` stands for the channel. */
  readonly frame: object | readonly [method: string, path: string];
  readonly code: number;
}

const request = (payloadType: string, payload: object = {}): Attempt => ({
  ...{ frame: { type: 'request', id: 'try', timestamp: 0, payloadType, payload }, code: 400 },
});
const frame = (type: string, more: object = {}): Attempt => ({ frame: { type, ...more }, code: 400 });
const path = (method: string, where: string): Attempt => ({ frame: [method, where], code: 404 });

/** What each dialect has no words for, and how that shows. */
export const INABILITIES: Readonly<Record<DialectWords, Partial<Readonly<Record<DeedName, Attempt>>>>> = {
  messaging: {
    send: request('new', { chatId: 'Ben', payload: { own: 1 } }),
    resend: request('edit', { chatId: 'Ben', messageId: 1, payload: { own: 1 } }),
    thread: request('createThread', { chatId: 'Ben', messageId: 1, name: 'lunch' }),
    writeInThread: request('thread', { chatId: 'Ben', message: 'hello' }),
    setStatus: request('setPresence', { status: 'away' }),
  },
  realtime: {
    thread: frame('Thread', { data: { message_id: 'broadcast_1', name: 'lunch' } }),
    writeInThread: frame('chat_written', { channelId: 1, threadId: 1, content: 'hello' }),
    mark: frame('Read', { data: { message_id: 'broadcast_1' } }),
    join: frame('JoinChat', { data: { topic: 'chat.general' } }),
    leave: frame('LeaveChat', { data: { topic: 'chat.general' } }),
  },
  concord: {
    attach: frame('chat_attached', { channelId: 1, attachments: [] }),
    writeOnce: frame('chat_written_once', { channelId: 1, content: 'hello', id: 'a' }),
    send: frame('chat_written', { channelId: 1, payload: { own: 1 } }),
    resend: frame('chat_edited', { chatId: 1, payload: { own: 1 } }),
    typeNoMore: frame('chat_typing_stopped', { channelId: 1 }),
    mark: frame('chat_read', { chatId: 1 }),
    join: frame('channel_joined', { channelId: 1 }),
    leave: frame('channel_left', { channelId: 1 }),
    setStatus: frame('user_status_updated', { status: 'AWAY' }),
    hide: frame('user_status_updated', { status: 'OFFLINE' }),
  },
  rest: {
    attach: path('POST', '/channels/:channel/attachments'),
    writeOnce: path('PUT', '/channels/:channel/chats/a'),
    send: path('POST', '/channels/:channel/payloads'),
    resend: path('PUT', '/chats/1'),
    type: path('POST', '/channels/:channel/typing'),
    typeNoMore: path('DELETE', '/channels/:channel/typing'),
    mark: path('POST', '/channels/:channel/read'),
    join: path('PUT', '/channels/:channel/members/self'),
    leave: path('DELETE', '/channels/:channel/members/self'),
    setStatus: path('PUT', '/self/status'),
    hide: path('DELETE', '/self/status'),
    come: path('POST', '/self/connections'),
    go: path('DELETE', '/self/connections'),
  },
};

export function hasWordsFor(words: DialectWords, deed: DeedName): boolean {
  return INABILITIES[words][deed] === undefined;
}
