import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { OpenCallsService } from '../services/operations/open-calls.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';
import { Cursors } from './cursors.js';
import { OperatorOf } from './operator.decorator.js';
import { type Page, pageOf } from './page.js';
import { CallView } from './views/call-view.js';

const CURSORS = new Cursors('calls', ['number', 'text']);

@ApiTags('admin: calls')
@Controller('admin/calls')
export class CallsController {
  constructor(
    private readonly calls: OpenCallsService,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminAnswers('Lists open calls, the oldest first', { page: CallView, errors: [400] })
  async list(@Query(CheckedQuery) { limit, cursor }: AdminPageQuery): Promise<Page<CallView>> {
    const [startedAt, callId] = CURSORS.read(cursor) ?? [];
    const after = startedAt === undefined || callId === undefined ? undefined : { startedAt, callId };
    const found = await this.calls.list({ after, limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ startedAt, callId }) => CURSORS.write([startedAt, callId]),
      (call) => call,
    );
  }

  /** Everybody in it is told. One that has ended stays as it ended. */
  @Delete(':id')
  @AdminAnswers('Closes a call', { status: 204, errors: [404], isDeed: true })
  close(@OperatorOf() operator: Operator, @Param('id', PathText) callId: string): Promise<void> {
    const deed = { operator, action: 'call.close', subject: callId } as const;
    return this.audit.record(deed, () => this.calls.close(callId));
  }
}
