import { QueryInteger, QueryText } from '../rest/query-field.decorator.js';
import type { ChatsQuery } from '../services/channels/chat-filters.js';
import { PageQueryDto } from './page-query.dto.js';

const BOUND = 'a chat’s id, or from 10^12 on a time, ms since the epoch.';

/** All that is given must be so. */
export class ChatsQueryDto extends PageQueryDto implements ChatsQuery {
  @QueryInteger({ min: 1, description: 'In this channel.' })
  readonly channelId?: number;

  @QueryInteger({ min: -1, description: 'In this thread; -1: in none.' })
  readonly threadId?: number;

  @QueryInteger({ min: 1, description: 'By this user.' })
  readonly authorId?: number;

  @QueryInteger({ min: 0, description: `Older than this: ${BOUND}` })
  readonly before?: number;

  @QueryInteger({ min: 0, description: `Newer than this: ${BOUND}` })
  readonly after?: number;

  @QueryText(
    'Full text: all of these words; `"words in order"`, `or` between two, `-` before one that is not to be there.',
  )
  readonly query?: string;
}
