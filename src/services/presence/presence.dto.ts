import { IsIn, IsObject, IsOptional } from 'class-validator';

import type { RequestOf } from '../../domain/payloads.js';
import type { PresenceStatus } from '../../domain/presence-status.js';
import { IsUserIds } from '../dto/field.decorator.js';

const STATUSES = ['online', 'away', 'busy', 'offline'] as const satisfies readonly PresenceStatus[];

export class PresenceDto implements RequestOf<'presence'> {
  @IsUserIds()
  readonly userIds!: readonly string[];
}

export class PresenceQueryDto implements RequestOf<'presenceQuery'> {
  @IsUserIds()
  readonly users!: readonly string[];
}

export class SetPresenceDto implements RequestOf<'setPresence'> {
  @IsIn(STATUSES)
  readonly status!: PresenceStatus;

  /** The clients' own. Absent: from now on there is none. */
  @IsOptional()
  @IsObject()
  readonly metadata?: Readonly<Record<string, unknown>>;
}
