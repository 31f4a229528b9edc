import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ConnectionDirectory } from '../domain/connection-directory.js';
import { NotFoundError, UnavailableError } from '../domain/errors.js';
import type { Operator } from '../domain/operator.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { ConnectionsQuery } from './connections-query.dto.js';
import { Cursors } from './cursors.js';
import { OperatorOf } from './operator.decorator.js';
import { type Page, pageOf } from './page.js';
import { ConnectionView } from './views/connection-view.js';

const CURSORS = new Cursors('connections', ['text']);

/** The open connections of all servers. */
@ApiTags('admin: connections')
@Controller('admin/connections')
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionDirectory,
    private readonly audit: AuditService,
  ) {}

  /** Of servers that do not answer in time, none. */
  @Get()
  @AdminAnswers('Lists open connections', { page: ConnectionView, errors: [400] })
  async list(@Query(CheckedQuery) query: ConnectionsQuery): Promise<Page<ConnectionView>> {
    const { user, dialect, server, limit, cursor } = query;
    const [after] = CURSORS.read(cursor) ?? [];
    const found = await this.connections.list({ user, dialect, server, after, limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ id }) => CURSORS.write([id]),
      (connection) => connection,
    );
  }

  /** With 4410. */
  @Delete(':id')
  @AdminAnswers('Closes a connection', { status: 204, errors: [404], isDeed: true })
  close(@OperatorOf() operator: Operator, @Param('id', PathText) id: string): Promise<void> {
    return this.audit.record({ operator, action: 'connection.close', subject: id }, async () => {
      const wasThere = await this.connections.close(id);
      // Closed ones are nowhere but in the audit: a repetition is answered as the first was.
      if (wasThere || (await this.audit.wasDone('connection.close', id))) return;
      if (wasThere === undefined) throw new UnavailableError('it may be on a server that cannot be reached just now');
      throw new NotFoundError('there is no such connection');
    });
  }
}
