import { Body, Controller, Delete, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { BansService } from '../services/bans/bans.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { BanDto } from './ban.dto.js';
import { OperatorOf } from './operator.decorator.js';
import { requireOther } from './require-other.js';
import type { ShownUser } from './shown-user.js';
import { ShownUsers } from './shown-users.js';
import { UserRecordView } from './views/user-record-view.js';

@ApiTags('admin: users')
@Controller('admin/users/:id/ban')
export class UserBansController {
  constructor(
    private readonly bans: BansService,
    private readonly users: ShownUsers,
    private readonly audit: AuditService,
  ) {}

  /** Its connections are closed with 4403, at once and everywhere; what others write to it is kept for it. */
  @Post()
  @AdminAnswers('Bans a user, or changes its ban', { answer: UserRecordView, errors: [404], isDeed: true })
  ban(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @Body(CheckedBody) { reason, until }: BanDto,
  ): Promise<ShownUser> {
    const plan = { reason, until };
    return this.audit.record({ operator, action: 'user.ban', subject: id, details: plan }, async () => {
      requireOther(operator, id);
      await this.bans.ban(id, plan);
      return this.users.one(id);
    });
  }

  @Delete()
  @AdminAnswers('Ends the ban of a user', { status: 204, errors: [404], isDeed: true })
  unban(@OperatorOf() operator: Operator, @Param('id', PathText) id: string): Promise<void> {
    return this.audit.record({ operator, action: 'user.unban', subject: id }, () => this.bans.unban(id));
  }
}
