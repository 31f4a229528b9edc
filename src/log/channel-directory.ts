import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { ChatChanged } from '../domain/changes.js';
import type { Channel } from '../domain/channels.js';
import type { ChatAddress } from '../domain/chat.js';
import { DomainEvents } from '../domain/domain-events.js';
import { channelAddress, channelOf, type ChannelRow } from './channel-row.js';

/** A bus may lose the news, and a killed server doesn't tell it: no server is behind by more than this. */
const REREAD_MS = 5_000;
/** Some 100 kB. */
const MAX_REMEMBERED_DELETIONS = 10_000;

interface Entry {
  readonly channel: Channel;
  readonly address: ChatAddress;
  /** The change that left it so. */
  readonly change: number;
}

/**
 * All channels, in memory (there are `MAX_CHANNELS` at most), so that whoever has to know one need not wait. What this server does
 * to them stands here at once; what others do, as soon as the bus has told it.
 */
@Injectable()
export class ChannelDirectory implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ChannelDirectory.name);
  private readonly entries = new Map<number, Entry>();
  private readonly idsByName = new Map<string, number>();
  private readonly idsByPublicId = new Map<string, number>();
  /** They never come back, but older news of them may come late. */
  private readonly deleted = new Set<number>();
  /** While the channels are being read: those of which something was told meanwhile, which may be newer. */
  private toldSince: Set<number> | undefined;
  private version = 0;
  private timer?: NodeJS.Timeout;
  private reading?: Promise<void>;
  private readonly stopListening: () => void;

  constructor(
    private readonly database: Database,
    private readonly events: DomainEvents,
  ) {
    this.stopListening = events.on('channelChanged', (change) => {
      this.apply(change);
    });
  }

  async onModuleInit(): Promise<void> {
    await this.reread();
    this.timer = setInterval(() => {
      void this.tryToReread();
    }, REREAD_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.reading?.catch(() => undefined);
  }

  all(): readonly Channel[] {
    return [...this.entries.values()].map(({ channel }) => channel);
  }

  byId(id: number): Channel | undefined {
    return this.entries.get(id)?.channel;
  }

  /** Of one that was renamed only the new name is known; here and below the address has the present one. */
  byName(name: string): ChatAddress | undefined {
    return this.addressOf(this.idsByName.get(name));
  }

  byPublicId(publicId: string): ChatAddress | undefined {
    return this.addressOf(this.idsByPublicId.get(publicId));
  }

  addressOf(id: number | undefined): ChatAddress | undefined {
    return id === undefined ? undefined : this.entries.get(id)?.address;
  }

  /** What became of a channel, in whatever order and however often it is told. */
  apply({ chat, change, channel: news }: ChatChanged): void {
    if (!news) return;
    this.toldSince?.add(chat.id);
    if (news.news === 'deleted') this.bury(chat.id);
    else this.keep(news.channel, change);
  }

  /** Learns what nobody has told, and has those chats read again: others won't have heard of it either. */
  reread(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** What was told of channels may not have come. Never fails: what cannot be read now is read the next time. */
  async doubt(): Promise<void> {
    // What is just being read may have been asked for too early.
    await this.reading?.catch(() => undefined);
    await this.tryToReread();
  }

  private async tryToReread(): Promise<void> {
    try {
      await this.reread();
    } catch (error) {
      this.logger.warn({ err: error }, 'the channels could not be read, will try again');
    }
  }

  private async read(): Promise<void> {
    const [profile] = await this.database.query<{ version: number }>(
      'select channels_version as version from server_profile',
    );
    if (profile?.version === this.version) return;
    this.toldSince = new Set();
    try {
      // Both of one moment, so that what comes after it is noticed the next time.
      const rows = await this.database.query<ChannelRow & { version: number }>(
        `select c.*, p.channels_version as version from server_profile p, channels c where c.deleted_change is null`,
      );
      this.replaceBy(rows, this.toldSince);
      this.version = rows[0]?.version ?? 0;
    } finally {
      this.toldSince = undefined;
    }
  }

  private replaceBy(rows: readonly ChannelRow[], toldSince: ReadonlySet<number>): void {
    const isFirst = this.version === 0;
    const present = new Set(rows.map(({ id }) => id));
    const gone = [...this.entries.values()].filter(({ channel: { id } }) => !present.has(id) && !toldSince.has(id));
    for (const { channel } of gone) this.bury(channel.id);
    const news = rows.filter((row) => this.keep(channelOf(row), row.described_change));
    const untold = [...gone.map(({ address }) => address), ...news.map((row) => channelAddress(channelOf(row)))];
    if (!isFirst && untold.length > 0) this.events.emit('chatsUncertain', untold);
  }

  /** @returns whether it was news */
  private keep(channel: Channel, change: number): boolean {
    const { id, name, publicId } = channel;
    if (this.deleted.has(id) || change <= (this.entries.get(id)?.change ?? 0)) return false;
    this.forget(id);
    this.entries.set(id, { channel, address: channelAddress(channel), change });
    this.idsByName.set(name, id);
    this.idsByPublicId.set(publicId, id);
    return true;
  }

  private bury(id: number): void {
    this.forget(id);
    this.deleted.add(id);
    const oldest = this.deleted.values().next();
    if (this.deleted.size > MAX_REMEMBERED_DELETIONS && !oldest.done) this.deleted.delete(oldest.value);
  }

  private forget(id: number): void {
    const known = this.entries.get(id);
    if (!known) return;
    this.entries.delete(id);
    this.idsByPublicId.delete(known.channel.publicId);
    // The name may be another channel's by now.
    if (this.idsByName.get(known.channel.name) === id) this.idsByName.delete(known.channel.name);
  }
}
