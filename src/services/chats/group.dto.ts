import { IsOptional } from 'class-validator';

import type { CreateChatRequest, ParticipantsRequest, RequestOf, UpdateChatRequest } from '../../domain/payloads.js';
import { IsChatId, IsClientId, IsText, IsUserIds, MAX_LISTED_MEMBERS } from '../dto/field.decorator.js';

const MAX_NAME_LENGTH = 255;
/** Room for a signed address, not for an image. */
const MAX_PHOTO_URL_LENGTH = 4_096;

export class CreateChatDto implements CreateChatRequest {
  @IsText({ min: 1, max: MAX_NAME_LENGTH })
  readonly name!: string;

  /** Whom to take in beside the creator; may be nobody. */
  @IsMembers()
  readonly participants!: readonly string[];

  @IsOptional()
  @IsText({ max: MAX_PHOTO_URL_LENGTH })
  readonly photoUrl?: string;

  /** The same id again, by the same creator, names the same group. */
  @IsOptional()
  @IsClientId()
  readonly clientChatId?: string;
}

export class UpdateChatDto implements UpdateChatRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsOptional()
  @IsText({ min: 1, max: MAX_NAME_LENGTH })
  readonly name?: string;

  /** Empty: no photo any more. */
  @IsOptional()
  @IsText({ max: MAX_PHOTO_URL_LENGTH })
  readonly photoUrl?: string;

  /** All admins from now on; who is left out is an admin no more. */
  @IsOptional()
  @IsMembers()
  readonly admins?: readonly string[];
}

export class ParticipantsDto implements ParticipantsRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsMembers()
  readonly participants!: readonly string[];
}

/** One of the two names the channel; where both are given they must name the same one. */
export class JoinChatDto implements RequestOf<'joinChat'> {
  @IsOptional()
  @IsChatId()
  readonly chatId?: string;

  @IsOptional()
  @IsText({ min: 1, max: MAX_NAME_LENGTH })
  readonly name?: string;
}

export class LeaveChatDto implements RequestOf<'leaveChat'> {
  @IsChatId()
  readonly chatId!: string;
}

function IsMembers(): PropertyDecorator {
  return IsUserIds({ max: MAX_LISTED_MEMBERS });
}
