import { QueryInteger, QueryText } from '../rest/query-field.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';

const BOUND = 'a message’s id, or from 10^12 on a time, ms since the epoch.';

/** All that is given must be so. */
export class AdminMessagesQuery extends AdminPageQuery {
  @QueryText('Sent by this user.')
  readonly sender?: string;

  @QueryText('In this chat, by its number or its public id.')
  readonly chat?: string;

  @QueryText(
    'Full text: all of these words; `"words in order"`, `or` between two, `-` before one that is not to be there.',
  )
  readonly query?: string;

  @QueryInteger({ min: 0, description: `Older than this: ${BOUND}` })
  readonly before?: number;

  @QueryInteger({ min: 0, description: `Newer than this: ${BOUND}` })
  readonly after?: number;
}
