import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { QueryInteger } from '../rest/query-field.decorator.js';
import { IsText, MAX_PAGE_ITEMS } from '../services/dto/field.decorator.js';

/** Items on a page where nobody says how many. */
const DEFAULT_LIMIT = 50;
/** The longest that we hand out holds a user's id, each of its characters escaped. */
const MAX_CURSOR_LENGTH = 2_048;

/** Which page of a list. */
export class AdminPageQuery {
  @QueryInteger({ min: 1, max: MAX_PAGE_ITEMS, default: DEFAULT_LIMIT, description: 'Items at most.' })
  readonly limit = DEFAULT_LIMIT;

  @IsOptional()
  @IsText({ max: MAX_CURSOR_LENGTH })
  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  readonly cursor?: string;
}
