import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, ValidateNested } from 'class-validator';

import type { NewRequest } from '../../domain/payloads.js';
import { AttachmentDto, MAX_ATTACHMENTS } from '../dto/attachment.dto.js';
import { check, IsChatId, IsClientId, IsMessageId, isText } from '../dto/field.decorator.js';

/** A message needs text, attachments, or both. */
export class NewDto implements NewRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsTextUnlessAttached()
  readonly message?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_ATTACHMENTS)
  @ValidateNested({ each: true })
  @Type(() => AttachmentDto)
  readonly attachments?: readonly AttachmentDto[];

  /** The same id again in the same chat is the same message. */
  @IsOptional()
  @IsClientId()
  readonly clientMessageId?: string;

  /** The messageId that this one answers. */
  @IsOptional()
  @IsMessageId()
  readonly replyTo?: number;

  /** True, or an object that says where it is from: the clients' own, kept as sent. */
  @IsOptional()
  @IsForwarded()
  readonly forwarded?: unknown;
}

/** So that of a message without content this field is told, and not a later one that is wrong too. */
function IsTextUnlessAttached(): PropertyDecorator {
  const isValid = (value: unknown, { attachments }: Readonly<Record<string, unknown>>): boolean => {
    return value === undefined ? attachments !== undefined : isText(value);
  };
  return check('isTextUnlessAttached', isValid, { schema: { type: 'string' }, unless: ['attachments'] });
}

function IsForwarded(): PropertyDecorator {
  const isValid = (value: unknown): boolean => {
    return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
  };
  return check('isForwarded', isValid, { schema: { type: ['boolean', 'object'] } });
}
