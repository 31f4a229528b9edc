import type { SubscribeRequest } from '../../domain/payloads.js';
import { IsTopicPatterns } from '../dto/topic.decorator.js';

/** Of unsubscribing too: patterns are named as they were subscribed to. */
export class SubscribeDto implements SubscribeRequest {
  @IsTopicPatterns()
  readonly topics!: readonly string[];
}
