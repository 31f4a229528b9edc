import { RawJson } from '../../domain/raw-json.js';
import type { TopicMessage } from '../../domain/topics.js';
import { stringifyWithRaw } from './stringify-with-raw.js';

/** The event `broadcast`, without an id: nobody acks it. */
export function encodeTopicMessage({ id, topic, sender, payloadJson, at }: TopicMessage): string {
  const payload = { topic, payload: new RawJson(payloadJson), userId: sender, messageId: id, timestamp: at };
  return stringifyWithRaw({ type: 'event', timestamp: at, eventType: 'broadcast', payload });
}
