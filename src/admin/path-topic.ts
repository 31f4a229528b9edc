import type { PipeTransform } from '@nestjs/common';
import { BadRequestError } from '../domain/errors.js';
import { isTopic } from '../domain/topic-patterns.js';

/** The topic in a path. There is none that nobody could use, so what has not its form is a mistake: 400. */
export class PathTopic implements PipeTransform<string, string> {
  transform(topic: string): string {
    if (!isTopic(topic))
      throw BadRequestError.at('topic', 'a topic is 1 to 8 segments joined by dots, without wildcards');
    return topic;
  }
}
