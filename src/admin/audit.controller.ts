import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CheckedQuery } from '../rest/checked-query.js';
import { AuditService } from '../services/audit/audit.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { AuditQueryDto } from './audit-query.dto.js';
import { Cursors } from './cursors.js';
import { type Page, pageOf } from './page.js';
import { AuditView } from './views/audit-view.js';

const CURSORS = new Cursors('audit', ['number']);

/** What operators did. */
@ApiTags('admin: audit')
@Controller('admin/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @AdminAnswers('Lists what operators did, newest first', { page: AuditView, errors: [400] })
  async list(@Query(CheckedQuery) { actor, subject, limit, cursor }: AuditQueryDto): Promise<Page<AuditView>> {
    const [before] = CURSORS.read(cursor) ?? [];
    const found = await this.audit.list({ actor, subject, before, limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ id }) => CURSORS.write([id]),
      (entry) => entry,
    );
  }
}
