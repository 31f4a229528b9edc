import { ConflictError } from '../domain/errors.js';
import type { Operator } from '../domain/operator.js';

/** Operators lock out others: whoever did it to itself could not take it back. @throws ConflictError */
export function requireOther({ userId }: Operator, subject: string): void {
  if (userId === subject) throw new ConflictError('operators cannot do this to themselves');
}
