import type { PipeTransform } from '@nestjs/common';
import { NotFoundError } from '../domain/errors.js';

/** Decimal, as ids are written: no sign, no leading zero; up to 16 digits, of which 2^53 has as many. */
const ID = /^[1-9]\d{0,15}$/;

/** The id in a path. What cannot be one is the id of nothing: 404. */
export class PathId implements PipeTransform<string, number> {
  transform(text: string): number {
    const id = ID.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(id)) throw new NotFoundError('there is nothing with this id');
    return id;
  }
}
