/** What somebody does in one place, in words of no dialect. Users go by their first names, messages by their numbers there. */
export type Doing = { readonly by: string } & Deed;

export type Deed =
  | { readonly deed: 'write'; readonly text: string }
  | { readonly deed: 'attach'; readonly text?: string; readonly attachments: readonly object[] }
  /** The same id again is the same message. */
  | { readonly deed: 'writeOnce'; readonly text: string; readonly id: string }
  /** What only clients of payloads can say. */
  | { readonly deed: 'send'; readonly payload: unknown; readonly metadata?: object }
  /** In the thread of the message `source`; 0: of one that there is not. */
  | { readonly deed: 'writeInThread'; readonly text: string; readonly source: number }
  | { readonly deed: 'thread'; readonly source: number; readonly name: string }
  | { readonly deed: 'edit'; readonly number: number; readonly text: string }
  /** What a message says gives way to a payload. */
  | { readonly deed: 'resend'; readonly number: number; readonly payload: unknown }
  | { readonly deed: 'delete'; readonly number: number }
  | { readonly deed: 'react'; readonly number: number; readonly reaction: string; readonly adding: boolean }
  | { readonly deed: Bare }
  | { readonly deed: 'mark'; readonly kind: 'dlvrd' | 'read'; readonly number: number }
  | { readonly deed: 'setStatus'; readonly status: 'online' | 'away' | 'busy' };

/** Where nothing else is to be said. */
type Bare = 'type' | 'typeNoMore' | 'join' | 'leave' | 'come' | 'go' | 'hide';

export type DeedName = Deed['deed'];

export const write = (by: string, text: string): Doing => ({ by, deed: 'write', text });
export const attach = (by: string, attachments: readonly object[], text?: string): Doing => ({
  ...{ by, deed: 'attach', attachments },
  ...(text !== undefined && { text }),
});
export const writeOnce = (by: string, text: string, id: string): Doing => ({ by, deed: 'writeOnce', text, id });
export const send = (by: string, payload: unknown, metadata?: object): Doing => ({
  by,
  deed: 'send',
  payload,
  metadata,
});
export const thread = (by: string, source: number, name: string): Doing => ({ by, deed: 'thread', source, name });
export const writeInThread = (by: string, source: number, text: string): Doing => ({
  ...{ by, deed: 'writeInThread', source, text },
});
export const edit = (by: string, number: number, text: string): Doing => ({ by, deed: 'edit', number, text });
export const remove = (by: string, number: number): Doing => ({ by, deed: 'delete', number });
export const react = (by: string, number: number, reaction: string): Doing => ({
  ...{ by, deed: 'react', number, reaction, adding: true },
});
export const unreact = (by: string, number: number, reaction: string): Doing => ({
  ...{ by, deed: 'react', number, reaction, adding: false },
});
export const mark = (by: string, kind: 'dlvrd' | 'read', number: number): Doing => ({ by, deed: 'mark', kind, number });
export const setStatus = (by: string, status: 'online' | 'away' | 'busy'): Doing => ({ by, deed: 'setStatus', status });

const bare =
  (deed: Bare) =>
  (by: string): Doing => ({ by, deed });
export const type = bare('type');
export const typeNoMore = bare('typeNoMore');
export const join = bare('join');
export const leave = bare('leave');
export const come = bare('come');
export const go = bare('go');
/** Says that one is away from everything, and keeps the connection. */
export const hide = bare('hide');
