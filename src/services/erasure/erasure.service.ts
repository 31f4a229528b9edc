import { Injectable } from '@nestjs/common';

import type { ChatAddress } from '../../domain/chat.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { NotFoundError } from '../../domain/errors.js';
import { ErasureStore } from '../../log/erasure-store.js';
import { FilesService } from '../files/files.service.js';
import { ChatErasure } from './chat-erasure.js';

/** A page of chats behind the one with this number. */
type ReadChats = (after: number) => Promise<readonly ChatAddress[]>;

/**
 * Erases users with all that they have written. Where this server dies in the middle nobody can be the user any more, and the next
 * erasing does the rest: each step does nothing to what has been done.
 */
@Injectable()
export class ErasureService {
  constructor(
    private readonly store: ErasureStore,
    private readonly chats: ChatErasure,
    private readonly files: FilesService,
    private readonly events: DomainEvents,
  ) {}

  /** Once more does nothing. @throws NotFoundError there is no such user, and never was one that was erased */
  async erase(userId: string): Promise<void> {
    const begun = await this.store.begin(userId);
    if (!begun) throw new NotFoundError('unknown user');
    const { isThere, version, issuedUpTo } = begun;
    this.events.emit('tokensRevoked', { userId, version, issuedUpTo });
    if (isThere) await this.eraseAll(userId);
    // Also of one that was gone: a server may have died before it could say so.
    this.events.emit('userErased', { userId });
  }

  private async eraseAll(userId: string): Promise<void> {
    await this.eraseFrom((after) => this.store.chatsOf(userId, after), userId);
    await this.eraseFrom((after) => this.store.channels(after), userId);
    await this.eraseTopicMessages(userId);
    await this.files.eraseOf(userId);
    await this.store.eraseBelongings(userId);
    await this.store.finish(userId);
  }

  private async eraseFrom(read: ReadChats, userId: string): Promise<void> {
    for (let page = await read(0); page.length > 0; page = await read(page.at(-1)?.id ?? 0)) {
      for (const chat of page) await this.chats.erase(chat, userId);
    }
  }

  private async eraseTopicMessages(userId: string): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined) after = (await this.store.eraseTopicMessages(userId, after)).next;
  }
}
