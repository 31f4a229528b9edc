import { IsIn } from 'class-validator';

import type { CallType } from '../../domain/calls.js';
import type { CallRequest, NewCallRequest, SignalRequest } from '../../domain/payloads.js';
import { IsChatId, IsText } from '../dto/field.decorator.js';
import { IsPayload } from '../dto/sending.decorator.js';

const CALL_TYPES: readonly CallType[] = ['audio', 'video'];

export class NewCallDto implements NewCallRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsIn(CALL_TYPES)
  readonly callType!: CallType;
}

/** Whatever text it is: one that is no call's id is unknown, like that of somebody else's call. */
export class CallDto implements CallRequest {
  @IsText()
  readonly callId!: string;
}

export class SignalDto extends CallDto implements SignalRequest {
  /** Another participant. */
  @IsText()
  readonly to!: string;

  /** Any JSON value. */
  @IsPayload()
  readonly data: unknown;
}
