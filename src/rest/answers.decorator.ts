import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { ErrorView } from './error-view.js';

/** What each code means here, for whoever reads the documents. */
const ERRORS = {
  400: 'What was asked is malformed; `details.field` names the first field at fault.',
  401: 'There is no token, or not a good one.',
  403: 'Not for this user.',
  404: 'There is no such thing, or none that this user may know of.',
  409: 'It does not fit what is there.',
  413: 'Too large.',
  429: 'Too often; `Retry-After` says when to come again.',
  500: 'Our fault; what went wrong stands in the log.',
  503: 'The server is going away or has no database; `Retry-After` says when to come again.',
} as const;

interface Facts {
  readonly status?: 200 | 201 | 204;
  /** The class of the answer's body. Absent: none. */
  readonly answer?: Type<object> | readonly [Type<object>];
  /** What may go wrong beside what may go wrong everywhere. */
  readonly errors?: readonly (keyof typeof ERRORS)[];
}

/** Says once what a route answers, for the route itself and for its document. */
export function Answers(summary: string, { status = 200, answer, errors = [] }: Facts): MethodDecorator {
  const body = answer === undefined ? {} : isList(answer) ? { type: answer[0], isArray: true } : { type: answer };
  const described = [...errors, 500, 503] as const;
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary }),
    ApiResponse({ status, description: answer === undefined ? 'Done.' : 'What was asked for.', ...body }),
    ...described.map((code) => ApiResponse({ status: code, description: ERRORS[code], type: ErrorView })),
  );
}

function isList(answer: NonNullable<Facts['answer']>): answer is readonly [Type<object>] {
  return Array.isArray(answer);
}
