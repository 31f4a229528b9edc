import { type DialectName, dialectNames } from '../domain/dialect-name.js';
import { QueryChoice, QueryText } from '../rest/query-field.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';

/** All that is given must be so. */
export class ConnectionsQuery extends AdminPageQuery {
  @QueryText('Of this user.')
  readonly user?: string;

  @QueryChoice(dialectNames, 'Of this dialect.')
  readonly dialect?: DialectName;

  @QueryText('On the server of this name.')
  readonly server?: string;
}
