import type { ChatKind } from '../domain/chat.js';
import { QueryChoice, QueryText } from '../rest/query-field.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';

/** All that is given must be so. */
export class AdminChatsQuery extends AdminPageQuery {
  @QueryText('This user is in it.')
  readonly user?: string;

  @QueryChoice(['dialog', 'favorites', 'group', 'channel'], 'Of this kind.')
  readonly kind?: ChatKind;
}
