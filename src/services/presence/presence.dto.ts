import type { RequestOf } from '../../domain/payloads.js';
import { IsUserIds } from '../dto/field.decorator.js';

export class PresenceDto implements RequestOf<'presence'> {
  @IsUserIds()
  readonly userIds!: readonly string[];
}
