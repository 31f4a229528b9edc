import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';

import { check } from './field.decorator.js';
import { MessageMetadataDto } from './message-metadata.dto.js';

/** A payload of the clients' own: any JSON value, `null` too, but it must be there. */
export function IsPayload(): PropertyDecorator {
  return check('isPayload', (value) => value !== undefined, { schema: { description: 'Any JSON value.' } });
}

/** What may come beside such a payload. */
export function IsMetadata(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsObject(),
    ValidateNested(),
    Type(() => MessageMetadataDto),
  );
}
