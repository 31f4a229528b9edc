import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';

import {
  isTopic,
  isTopicPattern,
  MAX_TOPIC_LENGTH,
  TOPIC_FORM,
  TOPIC_PATTERN_FORM,
} from '../../domain/topic-patterns.js';
import { check } from './field.decorator.js';
import type { SchemaWords } from './field-words.js';

/** More are several requests: one of them costs a lookup in the trie each. */
const MAX_TOPICS_PER_REQUEST = 100;

const TOPIC_SCHEMA: SchemaWords = {
  type: 'string',
  maxLength: MAX_TOPIC_LENGTH,
  pattern: TOPIC_FORM,
  examples: ['chat.general'],
};

const PATTERN_SCHEMA: SchemaWords = {
  ...TOPIC_SCHEMA,
  pattern: TOPIC_PATTERN_FORM,
  description: '`*` is one segment, a last `>` one or more.',
  examples: ['updates.*'],
};

/** A topic as a message has it, without wildcards. */
export function IsTopic(): PropertyDecorator {
  return check('isTopic', (value) => typeof value === 'string' && isTopic(value), { schema: TOPIC_SCHEMA });
}

/** 1 to 100 patterns. */
export function IsTopicPatterns(): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MAX_TOPICS_PER_REQUEST),
    check('isTopicPattern', (value) => typeof value === 'string' && isTopicPattern(value), {
      each: true,
      schema: PATTERN_SCHEMA,
    }),
  );
}
