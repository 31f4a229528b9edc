import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsNotEmpty, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsChatId, IsClientId, IsId, IsText } from '#extension-api';
import type { CreatePollRequest, PollRequest, VoteRequest } from './payloads.js';

const MAX_QUESTION_LENGTH = 300;
const MAX_OPTION_LENGTH = 100;
/** More than fit on a phone at once. */
const MAX_OPTIONS = 12;

export class CreatePollDto implements CreatePollRequest {
  @IsChatId()
  readonly chatId!: string;

  @IsText({ min: 1, max: MAX_QUESTION_LENGTH })
  readonly question!: string;

  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(MAX_OPTIONS)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_OPTION_LENGTH, { each: true })
  readonly options!: readonly string[];

  @IsClientId()
  readonly clientPollId!: string;
}

export class PollDto implements PollRequest {
  @IsId()
  readonly pollId!: number;
}

export class VoteDto extends PollDto implements VoteRequest {
  @IsInt()
  @Min(0)
  @Max(MAX_OPTIONS - 1)
  readonly option!: number;
}
