import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { QueryRunner } from 'typeorm';
import { Config } from '../config/config.js';
import type { ChannelNews, ChatChanged, Origin, ThreadCreated } from '../domain/changes.js';
import { DEFAULT_CAPABILITIES, type Channel, type Thread } from '../domain/channels.js';
import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import { ERASED_USER } from '../domain/ids.js';
import { announce } from './announce.js';
import { ChannelDirectory } from './channel-directory.js';
import { channelFailure } from './channel-failure.js';
import { channelAddress, channelOf, type ChannelRow } from './channel-row.js';
import { chatChangedOf, type ChatChangedRow } from './chat-changed-row.js';
import { Log } from './log.js';

export interface ChannelPlan {
  readonly origin: Origin;
  readonly name: string;
  readonly description?: string;
  /** Absent: at the root of the tree. */
  readonly parentId?: number;
  readonly ordinality?: number;
  readonly capabilities?: readonly string[];
}

/** What is absent stays as it is. */
export interface ChannelUpdate {
  readonly chat: ChatAddress;
  readonly origin: Origin;
  readonly name?: string;
  /** `null`: none. */
  readonly description?: string | null;
  /** `null`: to the root of the tree. */
  readonly parentId?: number | null;
  readonly ordinality?: number;
  readonly capabilities?: readonly string[];
}

export interface ThreadPlan {
  readonly chat: ChatAddress;
  readonly origin: Origin;
  /** The source, by its number among all messages. */
  readonly messageId: number;
  readonly name: string;
}

/** What the functions answer: what became of the chat, and the channel as it was left. */
type ChannelChangedRow = ChatChangedRow & ChannelRow;
type ThreadCreatedRow = ChatChangedRow & { readonly thread: number; readonly creator: number };

/** A new channel belongs to no writer yet. */
const NO_CHAT = 0;

/**
 * Makes, describes and deletes channels, and begins threads in them, whoever asks. Each of these takes its place among the chat's
 * messages and is announced like them; the directory knows of it before it is answered.
 *
 * @throws UnavailableError the database is away: the outcome is unknown
 */
@Injectable()
export class ChannelStore {
  constructor(
    private readonly log: Log,
    private readonly directory: ChannelDirectory,
    private readonly events: DomainEvents,
    private readonly config: Config,
  ) {}

  /** @throws NotFoundError the parent; ConflictError the name is taken, or there are `MAX_CHANNELS` */
  async create(plan: ChannelPlan): Promise<Channel> {
    const { origin, name, description, parentId, ordinality = 0, capabilities = DEFAULT_CAPABILITIES } = plan;
    const publicId = `c_${randomBytes(16).toString('base64url')}`;
    const call = 'create_channel($1, $2, $3, $4, $5, $6, $7, $8)';
    const { maxChannels } = this.config.channels;
    const row = await this.one<ChannelChangedRow>(NO_CHAT, `${CHANNEL_CHANGED} ${call} a`, [
      origin.userId,
      publicId,
      name,
      description ?? null,
      parentId ?? null,
      ordinality,
      capabilities,
      maxChannels,
    ]);
    if (row.code >= 400) throw channelFailure(row, 'there are as many channels as there may be');
    return this.settle('created', origin, row);
  }

  /** @throws NotFoundError the channel or the parent; ConflictError the name is taken; BadRequestError a parent below the channel */
  async update({ chat, origin, ...update }: ChannelUpdate): Promise<Channel> {
    const row = await this.one<ChannelChangedRow>(chat.id, `${CHANNEL_CHANGED} update_channel($1, $2) a`, [
      chat.id,
      JSON.stringify(update),
    ]);
    return this.settle('updated', origin, row);
  }

  /**
   * Deletes it and all below it. @returns their ids, children before their parents
   *
   * @throws NotFoundError the channel; ConflictError the default channel is among them
   */
  async delete(chat: ChatAddress, origin: Origin): Promise<readonly number[]> {
    const rows = await this.ask<ChannelChangedRow>(chat.id, `${CHANNEL_CHANGED} delete_channel($1) a`, [chat.id]);
    const changes = rows.map((row) => {
      if (row.code >= 400) throw channelFailure(row, 'the default channel stays');
      return changeOf('deleted', origin, row);
    });
    this.tell(changes);
    return changes.map(({ chat: { id } }) => id);
  }

  /** It is nobody's from now on, for who has made it is being erased. Does nothing to one that somebody else has made. */
  async disown(chat: ChatAddress, maker: string): Promise<void> {
    const call = `${CHANNEL_CHANGED} disown_channel($1, $2) a`;
    const row = await this.one<ChannelChangedRow>(chat.id, call, [chat.id, maker]);
    if (row.code === 200) this.tell([changeOf('updated', { userId: ERASED_USER }, row)]);
  }

  /** @throws NotFoundError the channel, or the message in it; ConflictError the message has a thread */
  async createThread({ chat, origin, messageId, name }: ThreadPlan): Promise<Thread> {
    const row = await this.one<ThreadCreatedRow>(chat.id, `${THREAD_CREATED} create_thread($1, $2, $3, $4) a`, [
      chat.id,
      origin.userId,
      messageId,
      name,
    ]);
    const { change, newest, at, creator } = this.noted(chat, row);
    const thread = { id: row.thread, channelId: chat.id, messageId, createdBy: creator, createdAt: at, name };
    const isAfterAnother = row.after_another ?? undefined;
    const created: ThreadCreated = { type: 'threadCreated', chat, origin, change, newest, at, isAfterAnother, thread };
    announce(this.events, [created]);
    return thread;
  }

  private settle(news: 'created' | 'updated', origin: Origin, row: ChannelChangedRow): Channel {
    const change = changeOf(news, origin, succeeded(row));
    if (row.code === 200) this.tell([change]);
    return change.channel.channel;
  }

  private tell(changes: readonly ChannelChanged[]): void {
    for (const change of changes) this.directory.apply(change);
    announce(this.events, changes);
  }

  /** A thread that is there already may be the work of a server that was killed before it could tell. */
  private noted(chat: ChatAddress, row: ThreadCreatedRow): ThreadCreatedRow {
    if (row.code !== 200 && row.after_another) this.events.emit('chatsUncertain', [chat]);
    return succeeded(row);
  }

  private async one<Row>(chatId: number, sql: string, parameters: readonly unknown[]): Promise<Row> {
    const [row] = await this.ask<Row>(chatId, sql, parameters);
    if (!row) throw new Error('the database answered nothing');
    return row;
  }

  private ask<Row>(chatId: number, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.log.alone(chatId, (runner: QueryRunner) => runner.query(sql, [...parameters]) as Promise<Row[]>);
  }
}

const CHANNEL_CHANGED = 'select (a.o_changed).*, (a.o_channel).* from';
const THREAD_CREATED = 'select (a.o_changed).*, a.o_thread as thread, a.o_creator as creator from';

type ChannelChanged = ChatChanged & { readonly channel: ChannelNews };

function changeOf(news: ChannelNews['news'], origin: Origin, row: ChannelChangedRow): ChannelChanged {
  const channel = channelOf(row);
  return { ...chatChangedOf(channelAddress(channel), origin, row), channel: { news, channel } };
}

function succeeded<Row extends ChatChangedRow>(row: Row): Row {
  if (row.code >= 400) throw channelFailure(row);
  return row;
}
