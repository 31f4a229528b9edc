import { CloseReasons } from '../../domain/close-reasons.js';
import type * as errors from '../../domain/errors.js';
import { rows } from './rows.js';

type Made<T> = T extends new (...args: never[]) => infer E ? E : never;

/** The code of every error that the domain knows. */
export type ErrorCode = Extract<
  Made<(typeof errors)[keyof typeof errors]>,
  { readonly code: number; readonly details: object }
>['code'];

const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  400: 'What was sent is wrong; `details.field` names the first field at fault by its path, indices as segments.',
  401: 'There is no token, or a bad one, an expired one, or another user’s.',
  403: 'You may not, or you are banned.',
  404: 'There is no such thing, or it is none of yours: one can’t tell which.',
  409: 'It can’t be done as things stand.',
  413: 'Too large.',
  429: 'Too many frames, or too much of something; `details.retryAfterMs` says when to try again.',
  500: 'Our fault; `details.correlationId` finds it in the server’s log.',
  503: 'The server is going away or its database is: ask again later, with the same ids.',
};

export const ERROR_CODES = Object.keys(MEANINGS).map(Number);

export function errorCodesText(): string {
  return rows(['code', 'meaning'], Object.entries(MEANINGS));
}

/** Reasons that share a code are told together. */
export function closeCodesText(): string {
  const byCode = new Map<number, string[]>();
  for (const { code, text } of Object.values(CloseReasons)) byCode.set(code, [...(byCode.get(code) ?? []), text]);
  return rows(
    ['code', 'why'],
    [...byCode].sort(([a], [b]) => a - b).map(([code, texts]) => [String(code), texts.join(', ')]),
  );
}
