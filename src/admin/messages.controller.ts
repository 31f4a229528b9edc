import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { PathId } from '../rest/path-id.js';
import { AuditService } from '../services/audit/audit.service.js';
import { JourneysService } from '../services/oversight/journeys.service.js';
import { OperatorMessagesService } from '../services/oversight/operator-messages.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { Cursors } from './cursors.js';
import { AdminMessagesQuery } from './messages-query.dto.js';
import { OperatorOf } from './operator.decorator.js';
import type { Page } from './page.js';
import { JourneyView, MessageView, messageView } from './views/message-view.js';

const CURSORS = new Cursors('messages', ['number']);

/** Messages of all chats, by their numbers among all messages. */
@ApiTags('admin: messages')
@Controller('admin/messages')
export class AdminMessagesController {
  constructor(
    private readonly messages: OperatorMessagesService,
    private readonly journeys: JourneysService,
    private readonly audit: AuditService,
  ) {}

  /** A page looks through a bounded number of messages: it may be short, or empty, and have a next one all the same. */
  @Get()
  @AdminAnswers('Finds messages, the newest first', { page: MessageView, errors: [400, 404] })
  async list(@Query(CheckedQuery) { cursor, ...query }: AdminMessagesQuery): Promise<Page<MessageView>> {
    const [from] = CURSORS.read(cursor) ?? [];
    const { messages, below } = await this.messages.list({ ...query, below: from });
    return { items: messages.map(messageView), next: below === undefined ? null : CURSORS.write([below]) };
  }

  @Get(':id')
  @AdminAnswers('Shows a message as it stands', { answer: MessageView, errors: [404] })
  async one(@Param('id', PathId) id: number): Promise<MessageView> {
    return messageView(await this.messages.one(id));
  }

  /** As its author would; everybody is told. */
  @Delete(':id')
  @AdminAnswers('Deletes a message', { status: 204, errors: [404], isDeed: true })
  delete(@OperatorOf() operator: Operator, @Param('id', PathId) id: number): Promise<void> {
    const deed = { operator, action: 'message.delete', subject: String(id) } as const;
    return this.audit.record(deed, () => this.messages.delete(operator, id));
  }

  /** Times are those of the servers that are running; of what they have forgotten only the log's are there. */
  @Get(':id/journey')
  @AdminAnswers('Shows the way of a message to each device', { answer: JourneyView, errors: [404] })
  journey(@Param('id', PathId) id: number): Promise<JourneyView> {
    return this.journeys.of(id);
  }
}
