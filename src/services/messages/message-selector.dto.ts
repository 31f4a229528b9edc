import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsOptional, ValidateNested } from 'class-validator';

import type { EditRequest, MessageSelector } from '../../domain/payloads.js';
import { AttachmentDto, MAX_ATTACHMENTS } from '../dto/attachment.dto.js';
import {
  check,
  IsChatId,
  IsClientId,
  IsMessageId,
  isMessageId,
  IsText,
  MESSAGE_ID_SCHEMA,
} from '../dto/field.decorator.js';

const OTHER_NAMES = ['originalMessageId', 'clientMessageId', 'originalClientMessageId'];

/** One of the four ids is needed; where several are given they must name the same message. */
export class MessageSelectorDto implements MessageSelector {
  @IsChatId()
  readonly chatId!: string;

  @IsMessageIdUnlessNamed()
  readonly messageId?: number;

  @IsOptional()
  @IsMessageId()
  readonly originalMessageId?: number;

  @IsOptional()
  @IsClientId()
  readonly clientMessageId?: string;

  @IsOptional()
  @IsClientId()
  readonly originalClientMessageId?: string;
}

export class EditDto extends MessageSelectorDto implements EditRequest {
  @IsText()
  readonly message!: string;

  /** Absent: they stay as they are; empty: they go. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_ATTACHMENTS)
  @ValidateNested({ each: true })
  @Type(() => AttachmentDto)
  readonly attachments?: readonly AttachmentDto[];
}

/** So that of a message named by nothing this field is told, and not a later one that is wrong too. */
function IsMessageIdUnlessNamed(): PropertyDecorator {
  const isValid = (value: unknown, payload: Readonly<Record<string, unknown>>): boolean => {
    return value === undefined ? OTHER_NAMES.some((name) => payload[name] !== undefined) : isMessageId(value);
  };
  return check('isMessageIdUnlessNamed', isValid, { schema: MESSAGE_ID_SCHEMA, unless: OTHER_NAMES });
}
