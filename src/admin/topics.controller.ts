import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { AuditService } from '../services/audit/audit.service.js';
import { OperatorTopicsService } from '../services/topics/operator-topics.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';
import { Cursors } from './cursors.js';
import { OperatorOf } from './operator.decorator.js';
import { type Page, pageOf } from './page.js';
import { PathTopic } from './path-topic.js';
import { TopicMessageView, TopicView, topicMessageView } from './views/topic-view.js';

const CURSORS = new Cursors('topics', ['text']);
const HISTORY_CURSORS = new Cursors('history', ['number']);

@ApiTags('admin: topics')
@Controller('admin/topics')
export class TopicsController {
  constructor(
    private readonly topics: OperatorTopicsService,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminAnswers('Lists topics that keep messages and patterns that are subscribed to', {
    page: TopicView,
    errors: [400],
  })
  async list(@Query(CheckedQuery) { limit, cursor }: AdminPageQuery): Promise<Page<TopicView>> {
    const [after] = CURSORS.read(cursor) ?? [];
    const found = await this.topics.list(after, limit + 1);
    return pageOf(
      found,
      limit,
      ({ topic }) => CURSORS.write([topic]),
      (topic) => topic,
    );
  }

  /** Of a group or channel its messages. Pages may be shorter than was asked for where messages are large. */
  @Get(':topic/history')
  @AdminAnswers('Shows what a topic keeps, newest first', { page: TopicMessageView, errors: [400] })
  async history(
    @Param('topic', PathTopic) topic: string,
    @Query(CheckedQuery) { limit, cursor }: AdminPageQuery,
  ): Promise<Page<TopicMessageView>> {
    const [before] = HISTORY_CURSORS.read(cursor) ?? [];
    const { messages, next } = await this.topics.history(topic, limit, before);
    return { items: messages.map(topicMessageView), next: next === undefined ? null : HISTORY_CURSORS.write([next]) };
  }

  /** Who has yet to read it is told that something is lost. */
  @Delete(':topic/history')
  @AdminAnswers('Deletes what a topic keeps', { status: 204, isDeed: true })
  purge(@OperatorOf() operator: Operator, @Param('topic', PathTopic) topic: string): Promise<void> {
    return this.audit.record({ operator, action: 'topic.purge', subject: topic }, () => this.topics.purge(topic));
  }
}
