import { QueryText } from '../rest/query-field.decorator.js';
import { PageQueryDto } from './page-query.dto.js';

export class UsersQueryDto extends PageQueryDto {
  @QueryText('Part of a username or nickname, in whatever case.')
  readonly query?: string;
}
