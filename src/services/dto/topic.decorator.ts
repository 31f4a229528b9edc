import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';

import { isTopic, isTopicPattern } from '../../domain/topic-patterns.js';
import { check } from './field.decorator.js';

/** More are several requests: one of them costs a lookup in the trie each. */
const MAX_TOPICS_PER_REQUEST = 100;

/** A topic as a message has it, without wildcards. */
export function IsTopic(): PropertyDecorator {
  return check('isTopic', (value) => typeof value === 'string' && isTopic(value));
}

/** 1 to 100 patterns. */
export function IsTopicPatterns(): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_TOPICS_PER_REQUEST),
    check('isTopicPattern', (value) => typeof value === 'string' && isTopicPattern(value), { each: true }),
  );
}
