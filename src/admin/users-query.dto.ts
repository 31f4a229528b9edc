import { QueryChoice, QueryText } from '../rest/query-field.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';

/** All that is given must be so. */
export class UsersQuery extends AdminPageQuery {
  @QueryText('Part of a user id or a name, in whatever case.')
  readonly query?: string;

  @QueryChoice(['true', 'false'], 'Whether the user is banned just now.')
  readonly banned?: 'true' | 'false';
}
