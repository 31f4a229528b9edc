import { QueryText } from '../rest/query-field.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';

/** All that is given must be so. */
export class AuditQueryDto extends AdminPageQuery {
  @QueryText('By the operator with this user id.')
  readonly actor?: string;

  @QueryText('Done to what has this id.')
  readonly subject?: string;
}
