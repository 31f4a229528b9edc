import type { ServerResponse } from 'node:http';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { ExportsService } from '../services/exports/exports.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { OperatorOf } from './operator.decorator.js';
import { sendJson } from './send-json.js';

const ANY_OBJECT = { 'application/json': { schema: { type: 'object', additionalProperties: true } } } as const;

@ApiTags('admin: users')
@Controller('admin/users/:id/export')
export class UserExportController {
  constructor(
    private readonly exports: ExportsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * `user`, `devices`, `sessions`, `chats`, `messages`, `reactions`, `marks`, `calls`, `threads`, `topicMessages`, `files` and `audit`.
   * An answer that breaks off is not whole JSON.
   */
  @Get()
  @AdminAnswers('Exports all that is kept of a user, as one JSON document', { errors: [404], isDeed: true })
  @ApiOkResponse({ description: 'The document, as an attachment.', content: ANY_OBJECT })
  async export(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @Res() response: ServerResponse,
  ): Promise<void> {
    await this.audit.record({ operator, action: 'user.export', subject: id, isAnswerSecret: true }, async () => {
      const { userNumber, pieces } = await this.exports.of(id);
      await sendJson(response, pieces, `user-${userNumber}.json`);
    });
  }
}
