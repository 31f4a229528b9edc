import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Operator } from '../domain/operator.js';
import { CheckedBody } from '../rest/checked-body.js';
import { AuditService } from '../services/audit/audit.service.js';
import { NotificationDto } from '../services/operations/notification.dto.js';
import { NotificationsService } from '../services/operations/notifications.service.js';
import { AdminAnswers } from './admin-answers.decorator.js';
import { OperatorOf } from './operator.decorator.js';
import { RecipientsView } from './views/recipients-view.js';

const EVERYBODY = '*';

@ApiTags('admin: notifications')
@Controller('admin/notifications')
export class NotificationsController {
  constructor(
    private readonly notifications: NotificationsService,
    private readonly audit: AuditService,
  ) {}

  /** To `users`, to whoever is subscribed to `topic`, to both; without either to all. */
  @Post()
  @AdminAnswers('Notifies users who are connected', { answer: RecipientsView, errors: [413], isDeed: true })
  send(
    @OperatorOf() operator: Operator,
    @Body(CheckedBody) { level, title, message, actions, users, topic }: NotificationDto,
  ): Promise<RecipientsView> {
    const asked = { level, title, message, actions, users, topic };
    const subject = topic ?? (users?.length === 1 ? users[0] : undefined) ?? EVERYBODY;
    return this.audit.record({ operator, action: 'notification.send', subject, details: asked }, async () => {
      return { recipients: await this.notifications.send(asked) };
    });
  }
}
