import type { PipeTransform } from '@nestjs/common';
import { NotFoundError } from '../domain/errors.js';
import { isStorableText } from '../domain/ids.js';

/** In UTF-16 units. Nothing has a longer name. */
const MAX_LENGTH = 255;

/** A name in a path. What cannot be one is the name of nothing: 404. */
export class PathText implements PipeTransform<string, string> {
  transform(text: string): string {
    if (text.length > MAX_LENGTH || !isStorableText(text)) throw new NotFoundError('there is nothing with this id');
    return text;
  }
}
