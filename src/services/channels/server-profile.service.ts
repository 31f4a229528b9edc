import { Injectable } from '@nestjs/common';

import type { Actor } from '../../domain/caller.js';
import { ServerProfileStore } from '../../log/server-profile-store.js';
import { requireManagement } from './require-management.js';
import type { UpdateServerDto } from './server.dto.js';

export interface ShownServer {
  readonly name: string;
  readonly description: string | null;
  readonly iconId: number | null;
  /** Clients show it first. */
  readonly defaultChannelId: number;
}

/** How the server presents itself to those who browse its channels. */
@Injectable()
export class ServerProfileService {
  constructor(private readonly profiles: ServerProfileStore) {}

  async get(): Promise<ShownServer> {
    const { name, description, iconId, defaultChannel } = await this.profiles.get();
    return { name, description: description ?? null, iconId: iconId ?? null, defaultChannelId: defaultChannel };
  }

  /** What is absent stays as it is. @throws ForbiddenError; NotFoundError the default channel */
  async update({ principal }: Actor, request: UpdateServerDto): Promise<ShownServer> {
    requireManagement(principal);
    const { name, description, iconId, defaultChannelId: defaultChannel } = request;
    await this.profiles.update({ name, description, iconId, defaultChannel });
    return this.get();
  }
}
