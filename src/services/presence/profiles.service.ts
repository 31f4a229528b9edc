import { Injectable } from '@nestjs/common';

import { NotFoundError } from '../../domain/errors.js';
import { isStorableText } from '../../domain/ids.js';
import { type OnlineStatus, onlineStatusOf } from '../../domain/online-status.js';
import { PresenceService } from './presence.service.js';
import { ProfilesRepository, type SeenUser } from './profiles.repository.js';

/** A user as *concord*'s REST twins show it (protocol.md, section 5). */
export interface UserProfile {
  /** The user's number. */
  readonly id: number;
  readonly username: string;
  readonly profile: {
    /** ms since the epoch. */
    readonly createdAt: number;
    readonly nickname: string;
    readonly bio: string | null;
    readonly avatarId: number | null;
  };
  readonly status: { readonly onlineStatus: OnlineStatus };
}

export interface ProfilesQuery {
  /** Stands in the username or the nickname, in whatever case. */
  readonly query?: string;
  /** From 0. */
  readonly page: number;
  readonly size: number;
}

/** Users as they are shown to each other: who registered, or was seen with a token. */
@Injectable()
export class ProfilesService {
  constructor(
    private readonly profiles: ProfilesRepository,
    private readonly presence: PresenceService,
  ) {}

  /** The newest first. */
  async list({ query, page, size }: ProfilesQuery): Promise<readonly UserProfile[]> {
    if (query !== undefined && !isStorableText(query)) return [];
    const users = await this.profiles.list(query, page * size, size);
    return users.map((user) => this.shown(user));
  }

  /** @param userNumber by which *concord* knows the user */
  async one(userNumber: number): Promise<UserProfile> {
    return this.shown(known(await this.profiles.byNumber(userNumber)));
  }

  async self(userId: string): Promise<UserProfile> {
    return this.shown(known(await this.profiles.byId(userId)));
  }

  private shown({ userId, number, name, createdAt }: SeenUser): UserProfile {
    return {
      id: number,
      username: userId,
      profile: { createdAt, nickname: name ?? userId, bio: null, avatarId: null },
      status: { onlineStatus: onlineStatusOf(this.presence.of(userId).status) },
    };
  }
}

function known(user: SeenUser | undefined): SeenUser {
  if (!user) throw new NotFoundError('unknown user');
  return user;
}
