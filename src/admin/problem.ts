import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { ErrorDetails } from '../domain/errors.js';
import type { ProblemView } from './problem-view.js';

export const PROBLEM_TYPE = 'application/problem+json';

interface Fault {
  readonly code: number;
  readonly message: string;
  readonly details?: ErrorDetails;
}

/** Of these an error is told as a problem document (RFC 9457). */
const operators = new WeakSet<IncomingMessage>();

export function tellProblems(request: IncomingMessage): void {
  operators.add(request);
}

export function tellsProblems(request: IncomingMessage): boolean {
  return operators.has(request);
}

/** What else is known of the error stands beside the members that every problem has. */
export function problemOf({ code, message, details }: Fault): ProblemView {
  return { ...details, type: 'about:blank', title: STATUS_CODES[code] ?? 'Error', status: code, detail: message, code };
}
