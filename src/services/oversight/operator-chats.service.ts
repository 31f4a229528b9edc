import { Injectable } from '@nestjs/common';
import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError } from '../../domain/errors.js';
import { isPublicChatId, isUserId } from '../../domain/ids.js';
import type { Operator } from '../../domain/operator.js';
import { ChatStore } from '../../log/chat-store.js';
import { UsersService } from '../users/users.service.js';
import type { ChatMember, ChatOverview, ChatsQuery } from './chat-overview.js';
import { OperatorChatsRepository } from './operator-chats.repository.js';

/** As numbers of chats are written: no sign, no leading zero. */
const NUMBER = /^[1-9]\d{0,15}$/;

/** Chats and who is in them, for operators: no right is asked, and nobody's view is taken. */
@Injectable()
export class OperatorChatsService {
  constructor(
    private readonly chats: OperatorChatsRepository,
    private readonly store: ChatStore,
    private readonly users: UsersService,
  ) {}

  /** The newest first. */
  list(query: ChatsQuery): Promise<readonly ChatOverview[]> {
    return this.chats.list(query);
  }

  async one(chatId: string): Promise<ChatOverview> {
    const chat = await this.find(chatId);
    const overview = await this.chats.one(chat.id);
    if (!overview) throw unknownChat();
    return overview;
  }

  /** In the order of their ids, behind `after`. */
  async members(
    chatId: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly ChatMember[]> {
    const chat = await this.find(chatId);
    return this.chats.members(chat.id, page.after, page.limit);
  }

  /**
   * Who is in it already stays as he is.
   *
   * @throws NotFoundError the chat, or a user where strangers are not welcome; ConflictError a dialog, or over `MAX_MEMBERS`
   */
  async addMembers(operator: Operator, chatId: string, users: readonly string[]): Promise<void> {
    const chat = await this.find(chatId);
    if (!users.every(isUserId)) throw new NotFoundError('there is no such user');
    await this.users.requireReachable(users, (index) => `payload.users.${index}`);
    await this.store.addMembersAsOperator(chat, { userId: operator.userId }, users);
  }

  /** Who is not in it is passed over. @throws NotFoundError the chat; ConflictError a dialog */
  async removeMember(operator: Operator, chatId: string, userId: string): Promise<void> {
    const chat = await this.find(chatId);
    await this.store.removeMembersAsOperator(chat, { userId: operator.userId }, [userId]);
  }

  /** By its number, or by the id that its members know. */
  async find(chatId: string): Promise<ChatAddress> {
    const chat = await this.lookUp(chatId);
    if (!chat) throw unknownChat();
    return chat;
  }

  private async lookUp(chatId: string): Promise<ChatAddress | undefined> {
    if (isPublicChatId(chatId)) return this.store.byPublicId(chatId);
    const number = NUMBER.test(chatId) ? Number(chatId) : NaN;
    return Number.isSafeInteger(number) ? this.store.byNumber(number) : undefined;
  }
}

function unknownChat(): NotFoundError {
  return new NotFoundError('there is no such chat');
}
