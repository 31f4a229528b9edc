import { PageQueryDto } from './page-query.dto.js';
import { QueryText } from './query-field.decorator.js';

export class UsersQueryDto extends PageQueryDto {
  @QueryText('Part of a username or nickname, in whatever case.')
  readonly query?: string;
}
