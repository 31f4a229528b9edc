import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { CheckedQuery } from '../rest/checked-query.js';
import { PathText } from '../rest/path-text.js';
import { AuditService } from '../services/audit/audit.service.js';
import { MembersDto } from '../services/oversight/members.dto.js';
import { OperatorChatsService } from '../services/oversight/operator-chats.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { AdminPageQuery } from './admin-page-query.dto.js';
import { AdminChatsQuery } from './chats-query.dto.js';
import { Cursors } from './cursors.js';
import { OperatorOf } from './operator.decorator.js';
import { type Page, pageOf } from './page.js';
import { ChatOverviewView, chatOverviewView, MemberView } from './views/chat-overview-view.js';

const CURSORS = new Cursors('chats', ['number']);
const MEMBER_CURSORS = new Cursors('members', ['text']);

/** All chats, by their numbers; groups and channels also by the ids that their members know. */
@ApiTags('admin: chats')
@Controller('admin/chats')
export class AdminChatsController {
  constructor(
    private readonly chats: OperatorChatsService,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @AdminAnswers('Lists chats, the newest first', { page: ChatOverviewView, errors: [400] })
  async list(@Query(CheckedQuery) { user, kind, limit, cursor }: AdminChatsQuery): Promise<Page<ChatOverviewView>> {
    const [before] = CURSORS.read(cursor) ?? [];
    const found = await this.chats.list({ user, kind, before, limit: limit + 1 });
    return pageOf(found, limit, ({ chat }) => CURSORS.write([chat.id]), chatOverviewView);
  }

  @Get(':id')
  @AdminAnswers('Shows a chat', { answer: ChatOverviewView, errors: [404] })
  async one(@Param('id', PathText) id: string): Promise<ChatOverviewView> {
    return chatOverviewView(await this.chats.one(id));
  }

  @Get(':id/members')
  @AdminAnswers('Lists who is in a chat', { page: MemberView, errors: [400, 404] })
  async members(
    @Param('id', PathText) id: string,
    @Query(CheckedQuery) { limit, cursor }: AdminPageQuery,
  ): Promise<Page<MemberView>> {
    const [after] = MEMBER_CURSORS.read(cursor) ?? [];
    const found = await this.chats.members(id, { after, limit: limit + 1 });
    return pageOf(
      found,
      limit,
      ({ userId }) => MEMBER_CURSORS.write([userId]),
      (member) => member,
    );
  }

  /** Who is in it already stays as he is. A dialog has the users that it has. */
  @Post(':id/members')
  @AdminAnswers('Adds members to a group or channel', { status: 204, errors: [404, 413], isDeed: true })
  add(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @Body(CheckedBody) { users }: MembersDto,
  ): Promise<void> {
    const deed = { operator, action: 'chat.addMember', subject: id, details: { users } } as const;
    return this.audit.record(deed, () => this.chats.addMembers(operator, id, users));
  }

  @Post(':id/members/:user')
  @AdminAnswers('Adds a member to a group or channel', { status: 204, errors: [404], isDeed: true })
  addOne(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @Param('user', PathText) user: string,
  ): Promise<void> {
    return this.add(operator, id, { users: [user] });
  }

  /** Who is not in it is not in it afterwards either. */
  @Delete(':id/members/:user')
  @AdminAnswers('Removes a member from a group or channel', { status: 204, errors: [404], isDeed: true })
  remove(
    @OperatorOf() operator: Operator,
    @Param('id', PathText) id: string,
    @Param('user', PathText) user: string,
  ): Promise<void> {
    const deed = { operator, action: 'chat.removeMember', subject: id, details: { user } } as const;
    return this.audit.record(deed, () => this.chats.removeMember(operator, id, user));
  }
}
