import { Injectable } from '@nestjs/common';
import { Announcements } from '../../domain/announcements.js';
import type { Audience, Notification } from '../../domain/events.js';

export interface NotificationRequest extends Notification {
  readonly users?: readonly string[];
  readonly topic?: string;
}

/** What operators tell users. Not kept: who is not connected is not told. */
@Injectable()
export class NotificationsService {
  constructor(private readonly announcements: Announcements) {}

  /** @returns to how many connections */
  send(request: NotificationRequest): Promise<number> {
    const { level, title, message, actions } = request;
    // Picked: what else stands in an action is handed to nobody.
    const shownActions = actions?.map(({ label, url }) => ({ label, url }));
    const notification = { level, title, message, actions: shownActions };
    return this.announcements.tell({ audience: audienceOf(request), event: { type: 'notification', notification } });
  }
}

function audienceOf({ users, topic }: NotificationRequest): Audience {
  if (users === undefined && topic === undefined) return { everybody: true };
  return { users: [...new Set(users)], topic };
}
