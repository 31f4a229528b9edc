import { Injectable } from '@nestjs/common';

import { HandlesPayload } from '../../dispatch/handles-payload.decorator.js';
import type { Caller } from '../../domain/caller.js';
import type { AnswerOf, RequestOf } from '../../domain/payloads.js';
import { PresenceDto, PresenceQueryDto, SetPresenceDto } from './presence.dto.js';
import { PresenceQueryService } from './presence-query.service.js';
import { PresenceService } from './presence.service.js';

@Injectable()
export class PresenceHandlers {
  constructor(
    private readonly presence: PresenceService,
    private readonly queries: PresenceQueryService,
  ) {}

  @HandlesPayload('presence', { payload: PresenceDto })
  list(payload: RequestOf<'presence'>): Promise<AnswerOf<'presence'>> {
    return this.queries.list(payload);
  }

  @HandlesPayload('presenceQuery', { payload: PresenceQueryDto, dialects: ['realtime'] })
  query(payload: RequestOf<'presenceQuery'>): Promise<AnswerOf<'presenceQuery'>> {
    return this.queries.query(payload);
  }

  @HandlesPayload('setPresence', { payload: SetPresenceDto, dialects: ['realtime'] })
  async set(payload: RequestOf<'setPresence'>, caller: Caller): Promise<AnswerOf<'setPresence'>> {
    await this.presence.describe(caller.principal.userId, payload);
    if (payload.status === 'offline') caller.leave();
    if (payload.status === 'offline') await this.presence.left(caller.principal.userId);
    return {};
  }

  @HandlesPayload('offline', { kind: 'event' })
  offline(_payload: undefined, caller: Caller): Promise<void> {
    caller.leave();
    return Promise.resolve();
  }
}
