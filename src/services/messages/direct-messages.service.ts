import { Injectable } from '@nestjs/common';

import type { Caller } from '../../domain/caller.js';
import { NotFoundError } from '../../domain/errors.js';
import { isPublicChatId, wireMessageId } from '../../domain/ids.js';
import type { DirectMessageAnswer, DirectMessageRequest } from '../../domain/payloads.js';
import { Distribution } from '../../domain/topics.js';
import { ChatDirectory } from '../chats/chat-directory.js';
import { PayloadSender } from '../chats/payload-sender.js';

const TARGET_USER = 'payload.targetUser';

/** Messages of dialogs as clients of payloads send them: stored like every other, and told where they went. */
@Injectable()
export class DirectMessagesService {
  constructor(
    private readonly directory: ChatDirectory,
    private readonly sender: PayloadSender,
    private readonly distribution: Distribution,
  ) {}

  /** Makes the dialog where there was none. */
  send(caller: Caller, request: DirectMessageRequest): Promise<DirectMessageAnswer> {
    // No topic holds a space: what the same frame id did there is something else.
    return caller.once(`user ${request.targetUser}`, () => this.sendOnce(caller, request));
  }

  private async sendOnce(caller: Caller, request: DirectMessageRequest): Promise<DirectMessageAnswer> {
    const { targetUser } = request;
    const { userId } = caller.principal;
    if (isPublicChatId(targetUser)) throw new NotFoundError('unknown user', { field: TARGET_USER });
    const opened = this.directory.openForSending(userId, targetUser, TARGET_USER);
    const chat = opened instanceof Promise ? await opened : opened;
    const { id } = await this.sender.send(caller, chat, request);
    return { messageId: wireMessageId(chat, id), ...(await this.reached(caller, targetUser)) };
  }

  /** Asked after the commit: whoever connects from then on is told by the log. What one writes to oneself waits for nobody. */
  private async reached(
    { principal, origin }: Caller,
    targetUser: string,
  ): Promise<Omit<DirectMessageAnswer, 'messageId'>> {
    const connections = await this.distribution.connectionsOf(targetUser);
    if (targetUser !== principal.userId) return { deliveredTo: connections, queued: connections.length === 0 };
    return { deliveredTo: connections.filter((id) => id !== origin.connectionId), queued: false };
  }
}
