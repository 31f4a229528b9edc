import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { CallStore } from '../../log/call-store.js';
import { ChannelStore } from '../../log/channel-store.js';
import { ChatStore } from '../../log/chat-store.js';
import { ErasureStore } from '../../log/erasure-store.js';

/** Takes a user out of one chat, with all that is its own there. */
@Injectable()
export class ChatErasure {
  constructor(
    private readonly erasures: ErasureStore,
    private readonly chats: ChatStore,
    private readonly channels: ChannelStore,
    private readonly calls: CallStore,
  ) {}

  /** First out, so that nothing is added behind what has been walked through. */
  async erase(chat: ChatAddress, userId: string): Promise<void> {
    await this.closeCall(chat, userId);
    if (chat.users) await this.erasures.endDialog(chat, userId);
    else await this.leave(chat, userId);
    await this.eraseMessages(chat, userId);
    if (chat.kind === 'channel') await this.channels.disown(chat, userId);
    while (await this.erasures.forgetMember(chat, userId));
  }

  private async closeCall(chat: ChatAddress, userId: string): Promise<void> {
    const callId = await this.erasures.openCall(chat, userId);
    if (callId !== undefined) await this.calls.closeByOperator(callId);
  }

  /** Others are told, and a group whose owner it was has another one. */
  private async leave(chat: ChatAddress, userId: string): Promise<void> {
    try {
      await this.chats.leave(chat, { userId });
    } catch (error) {
      // It has left before, or was never in it.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  private async eraseMessages(chat: ChatAddress, userId: string): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) after = (await this.erasures.eraseMessages(chat, userId, after)).next;
  }
}
