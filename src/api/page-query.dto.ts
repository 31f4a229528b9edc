import { QueryInteger } from '../rest/query-field.decorator.js';
import { MAX_PAGE_ITEMS } from '../services/dto/field.decorator.js';

/** Items on a page where nobody says how many. */
const DEFAULT_SIZE = 50;
/** Far behind the end of any list, and few enough for the database to count what is passed over. */
const MAX_PAGE = 1_000_000_000;

/** How many of the newest. */
export class SizeQueryDto {
  @QueryInteger({ min: 1, max: MAX_PAGE_ITEMS, default: DEFAULT_SIZE, description: 'Items at most.' })
  readonly size = DEFAULT_SIZE;
}

export class PageQueryDto extends SizeQueryDto {
  @QueryInteger({ min: 0, max: MAX_PAGE, default: 0, description: 'Pages of `size` items to pass over.' })
  readonly page = 0;
}
