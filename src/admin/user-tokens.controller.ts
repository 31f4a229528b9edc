import { Controller, Delete, Param, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { OptionalBody } from '../rest/optional-body.decorator.js';
import { PathText } from '../rest/path-text.js';
import { UserTokensService } from '../services/accounts/user-tokens.service.js';
import { AuditService } from '../services/audit/audit.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { IssueTokenDto } from './issue-token.dto.js';
import { OperatorOf } from './operator.decorator.js';
import { IssuedTokenView } from './views/user-record-view.js';

@ApiTags('admin: users')
@Controller('admin/users/:id/tokens')
export class UserTokensController {
  constructor(
    private readonly tokens: UserTokensService,
    private readonly audit: AuditService,
  ) {}

  /** 404 where tokens come from elsewhere. The user need not be there yet. A repetition makes another token. */
  @Post()
  @ApiBody({ type: IssueTokenDto, required: false })
  @AdminAnswers('Makes a token for a user', { status: 201, answer: IssuedTokenView, errors: [404], isDeed: true })
  issue(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @OptionalBody(CheckedBody) { name, device, roles, topics, expiresInS }: IssueTokenDto,
  ): Promise<IssuedTokenView> {
    const details = { name, device, roles, topics, expiresInS };
    const lifeMs = expiresInS === undefined ? undefined : expiresInS * 1_000;
    return this.audit.record({ operator, action: 'token.issue', subject: id, details, isAnswerSecret: true }, () => {
      return this.tokens.issue(id, { name, device, roles, topics, lifeMs });
    });
  }

  /** All that were issued so far, wherever they were made; the connections that have one are closed with 4401. */
  @Delete()
  @AdminAnswers('Revokes all tokens of a user', { status: 204, errors: [404], isDeed: true })
  revoke(@OperatorOf() operator: Operator, @Param('id', PathText) id: string): Promise<void> {
    return this.audit.record({ operator, action: 'token.revoke', subject: id }, () => this.tokens.revoke(id));
  }
}
