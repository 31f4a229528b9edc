import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PROBLEM_TYPE } from './problem.js';
import { ProblemView } from './problem-view.js';
import { TakesIdempotencyKey } from './operator.decorator.js';

/** What each code means here, for whoever reads the documents. */
const PROBLEMS = {
  400: 'What was asked is malformed; `field` names the first field at fault.',
  401: 'There is no token, or not a good one.',
  403: 'The token is no operator’s: it lacks the role `admin`, or its user is banned.',
  404: 'There is no such thing.',
  409: 'It does not fit what is there.',
  413: 'Too large.',
  429: 'Too often; `Retry-After` says when to come again.',
  500: 'Our fault; what went wrong stands in the log.',
  503: 'The server is going away, has no database, or cannot reach another server that has to do it; `Retry-After` says when to come again.',
} as const;

interface Facts {
  readonly status?: 200 | 201 | 204;
  /** The class of the answer's body, or of the items on its page. Absent: there is no body. */
  readonly answer?: Type<object>;
  readonly page?: Type<object>;
  /** What may go wrong beside what may go wrong everywhere. */
  readonly errors?: readonly (keyof typeof PROBLEMS)[];
  /** It does something, and stands in the audit. */
  readonly isDeed?: true;
}

/** Says once what a route of operators answers, for the route itself and for its document. */
export function AdminAnswers(
  summary: string,
  { status = 200, answer, page, errors = [], isDeed }: Facts,
): MethodDecorator {
  const codes = new Set([...errors, ...(isDeed ? ([400, 409] as const) : []), 401, 403, 500, 503] as const);
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary }),
    ApiBearerAuth(),
    ApiExtraModels(ProblemView),
    answerOf(status, answer, page),
    ...[...codes].map((code) => ApiResponse({ status: code, description: PROBLEMS[code], content: PROBLEM })),
    ...(isDeed ? [TakesIdempotencyKey()] : []),
  );
}

const PROBLEM = { [PROBLEM_TYPE]: { schema: { $ref: getSchemaPath(ProblemView) } } };

function answerOf(status: number, answer?: Type<object>, page?: Type<object>): MethodDecorator {
  if (answer) return ApiResponse({ status, description: 'What was asked for.', type: answer });
  if (!page) return ApiResponse({ status, description: 'Done.' });
  const properties = {
    items: { type: 'array', items: { $ref: getSchemaPath(page) } },
    next: { type: 'string', nullable: true, description: 'The cursor of the next page; null on the last.' },
  };
  const schema = { type: 'object', required: ['items', 'next'], properties };
  return applyDecorators(ApiExtraModels(page), ApiResponse({ status, description: 'A page.', schema }));
}
