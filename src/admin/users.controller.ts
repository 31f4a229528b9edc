import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ConnectionDirectory } from '../domain/connection-directory.js';
import type { Operator } from '../domain/operator.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { ErasureService } from '../services/erasure/erasure.service.js';
import { UserRecordsService } from '../services/users/user-records.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { Cursors } from './cursors.js';
import { OperatorOf } from './operator.decorator.js';
import { type Page, pageOf } from './page.js';
import { requireOther } from './require-other.js';
import type { ShownUser, ShownUserDetails } from './shown-user.js';
import { ShownUsers } from './shown-users.js';
import { UsersQuery } from './users-query.dto.js';
import { UserDetailsView, UserRecordView } from './views/user-record-view.js';

const CURSORS = new Cursors('users', ['number']);

/** Far more than anybody has open. */
const MAX_CONNECTIONS = 1_000;

@ApiTags('admin: users')
@Controller('admin/users')
export class UsersController {
  constructor(
    private readonly users: ShownUsers,
    private readonly records: UserRecordsService,
    private readonly connections: ConnectionDirectory,
    private readonly erasure: ErasureService,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminAnswers('Lists users, the newest first', { page: UserRecordView, errors: [400] })
  async list(@Query(CheckedQuery) { query, banned, limit, cursor }: UsersQuery): Promise<Page<ShownUser>> {
    const [below] = CURSORS.read(cursor) ?? [];
    const isBanned = banned === undefined ? undefined : banned === 'true';
    const found = await this.users.list({ query, isBanned, below, limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ number }) => CURSORS.write([number]),
      (user) => user,
    );
  }

  @Get(':id')
  @AdminAnswers('Shows a user', { answer: UserDetailsView, errors: [404] })
  async one(@Param('id', PathText) id: string): Promise<ShownUserDetails> {
    const user = await this.users.one(id);
    const counts = await this.records.counts(id);
    const connections = await this.connections.list({ user: id, limit: MAX_CONNECTIONS });
    return { ...user, ...counts, connections: connections.length };
  }

  /**
   * Its messages read as deleted, from a sender `erased`; its dialogs end for others; all of its tokens are refused from now on. A
   * token that is made later makes a new user. Where a server dies in the middle, the next erasing does the rest.
   */
  @Delete(':id')
  @AdminAnswers('Erases a user with all content', { status: 204, errors: [404], isDeed: true })
  erase(@OperatorOf() operator: Operator, @Param('id', PathText) id: string): Promise<void> {
    return this.audit.record({ operator, action: 'user.erase', subject: id }, async () => {
      requireOther(operator, id);
      await this.erasure.erase(id);
    });
  }
}
