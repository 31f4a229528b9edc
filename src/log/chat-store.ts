import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import type { Origin } from '../domain/changes.js';
import type { ChatAddress } from '../domain/chat.js';
import { Clock } from '../domain/clock.js';
import { DomainEvents } from '../domain/domain-events.js';
import { ConflictError, ForbiddenError, UnauthorizedError } from '../domain/errors.js';
import { announce } from './announce.js';
import { addressOf, CHAT_COLUMNS, type ChatRow } from './chat-address.js';
import { chatChangedOf, type ChatChangedFacts, type ChatChangedRow } from './chat-changed-row.js';
import { Log } from './log.js';
import { notFound } from './not-found.js';

export interface GroupPlan {
  readonly origin: Origin;
  readonly name: string;
  readonly photoUrl?: string;
  /** Beside the creator. */
  readonly participants: readonly string[];
  /** The same one of the same creator is one group, for ever. */
  readonly clientChatId?: string;
}

export interface GroupUpdate {
  readonly chat: ChatAddress;
  readonly origin: Origin;
  readonly name?: string;
  readonly photoUrl?: string;
  /** All admins there shall be, beside the owner. */
  readonly admins?: readonly string[];
}

const ADD_MEMBERS = 'add_members($1, $2, $3, $4)';
const REMOVE_MEMBERS = 'remove_members($1, $2, $3)';
/** In the place of who asks: no right is asked for. */
const NOBODY = null;

/** Makes chats and changes who is in them. Each change takes its place among the chat's messages and is announced like them. */
@Injectable()
export class ChatStore {
  constructor(
    private readonly database: Database,
    private readonly log: Log,
    private readonly events: DomainEvents,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** The dialog of two users, or favorites where they are the same, if it is there. */
  async dialogBetween(a: string, b: string): Promise<ChatAddress | undefined> {
    return this.find(
      'user_a = least($1 collate "C", $2 collate "C") and user_b = greatest($1 collate "C", $2 collate "C")',
      [a, b],
    );
  }

  /**
   * The same, made if it is not there, and open again where it had ended; so are the users.
   *
   * @param a who opens it
   * @throws NotFoundError a was erased a moment ago
   */
  async openDialog(a: string, b: string): Promise<ChatAddress> {
    const [row] = await this.database.query<{ id: number | null }>('select open_dialog($1, $2, $3) as id', [
      a,
      b,
      this.clock.now(),
    ]);
    const id = row?.id ?? undefined;
    const chat = id === undefined ? undefined : await this.find('id = $1', [id]);
    if (!chat) throw notFound('chatId');
    return chat;
  }

  /** A group or a channel; no channel that was deleted. */
  byPublicId(publicId: string): Promise<ChatAddress | undefined> {
    return this.find('public_id = $1 and deleted_change is null', [publicId]);
  }

  /** A chat by the number of its address; no channel that was deleted. */
  byNumber(id: number): Promise<ChatAddress | undefined> {
    return this.find('id = $1 and deleted_change is null', [id]);
  }

  /** A channel by its name. */
  byName(name: string): Promise<ChatAddress | undefined> {
    return this.find("kind = 'channel' and name = $1 and deleted_change is null", [name]);
  }

  async isMember(chat: ChatAddress, userId: string): Promise<boolean> {
    const rows = await this.database.query(
      'select from members where chat_id = $1 and user_id = $2 and left_change is null',
      [chat.id, userId],
    );
    return rows.length > 0;
  }

  /** @throws UnauthorizedError the creator was erased a moment ago */
  async createGroup({ origin, name, photoUrl, participants, clientChatId }: GroupPlan): Promise<ChatAddress> {
    const publicId = `g_${randomBytes(16).toString('base64url')}`;
    const [row] = await this.database.query<{ o_chat: number; o_public_id: string; o_created: boolean }>(
      'select * from create_group($1, $2, $3, $4, $5, $6, $7)',
      [publicId, origin.userId, name, photoUrl ?? null, participants, clientChatId ?? null, this.clock.now()],
    );
    if (!row) throw new UnauthorizedError('the user was erased');
    const chat: ChatAddress = { id: row.o_chat, kind: 'group', publicId: row.o_public_id };
    if (row.o_created) {
      const joined = [...new Set([origin.userId, ...participants])];
      const row = { change: 1, newest: 0, at: this.clock.now(), joined, left_users: [], after_another: false };
      this.announce(chat, origin, row);
    }
    return chat;
  }

  /** @throws ForbiddenError for members, and for admins who name admins */
  async updateGroup({ chat, origin, name, photoUrl, admins }: GroupUpdate): Promise<void> {
    await this.change(chat, origin, 'update_group($1, $2, $3, $4, $5)', [
      origin.userId,
      name ?? null,
      photoUrl ?? null,
      admins ?? null,
    ]);
  }

  /** Who is in it already stays as he is. @throws ForbiddenError for members; ConflictError over `MAX_MEMBERS` */
  async addMembers(chat: ChatAddress, origin: Origin, users: readonly string[]): Promise<void> {
    await this.change(chat, origin, ADD_MEMBERS, [origin.userId, users, this.config.limits.maxMembers]);
  }

  /** Who is not in it is passed over. @throws ForbiddenError for members, and for admins who remove admins or the owner */
  async removeMembers(chat: ChatAddress, origin: Origin, users: readonly string[]): Promise<void> {
    await this.change(chat, origin, REMOVE_MEMBERS, [origin.userId, users]);
  }

  /** The same, of groups and channels, without any right. @throws ConflictError a dialog, or over `MAX_MEMBERS`; NotFoundError a deleted one */
  async addMembersAsOperator(chat: ChatAddress, origin: Origin, users: readonly string[]): Promise<void> {
    requireMembership(chat);
    await this.change(chat, origin, ADD_MEMBERS, [NOBODY, users, this.config.limits.maxMembers]);
  }

  /** Likewise. */
  async removeMembersAsOperator(chat: ChatAddress, origin: Origin, users: readonly string[]): Promise<void> {
    requireMembership(chat);
    await this.change(chat, origin, REMOVE_MEMBERS, [NOBODY, users]);
  }

  /** For channels: everybody may. @throws NotFoundError for one that was deleted; ConflictError over `MAX_MEMBERS` */
  async join(chat: ChatAddress, origin: Origin): Promise<void> {
    await this.change(chat, origin, 'join_channel($1, $2, $3)', [origin.userId, this.config.limits.maxMembers]);
  }

  async leave(chat: ChatAddress, origin: Origin): Promise<void> {
    await this.removeMembers(chat, origin, [origin.userId]);
  }

  /** @param values beginning with whose right counts */
  private async change(chat: ChatAddress, origin: Origin, call: string, values: readonly unknown[]): Promise<void> {
    const row = await this.log.alone(chat.id, async (runner: QueryRunner) => {
      const rows = (await runner.query(`select * from ${call}`, [chat.id, ...values])) as ChatChangedRow[];
      return rows[0];
    });
    if (!row) throw new Error(`${call} answered nothing`);
    if (row.code >= 400) throw failureOf(row);
    if (row.code === 200) this.announce(chat, origin, row);
  }

  private announce(chat: ChatAddress, origin: Origin, facts: ChatChangedFacts): void {
    announce(this.events, [chatChangedOf(chat, origin, facts)]);
  }

  private async find(condition: string, parameters: readonly unknown[]): Promise<ChatAddress | undefined> {
    const [row] = await this.database.query<ChatRow>(
      `select ${CHAT_COLUMNS} from chats where ${condition}`,
      parameters,
    );
    return row && addressOf(row);
  }
}

function requireMembership({ users }: ChatAddress): void {
  if (users) throw new ConflictError('a dialog has the users that it has');
}

function failureOf({ code, field }: ChatChangedRow) {
  const details = field === null ? {} : { field: `payload.${field}` };
  if (code === 403) return new ForbiddenError('not allowed in this chat', details);
  if (code === 409) return new ConflictError('the chat would have too many members', details);
  return notFound(field);
}
