import type { Principal, TopicPermissions } from './principal.js';
import { covers, isReservedTopic, presenceTopic } from './topic-patterns.js';

/**
 * What a principal may do with a topic or pattern as far as its token alone tells (protocol.md, section 6): with a claim what one of
 * its patterns covers wholly, without one all but reserved topics. One's own presence may always be listened to, and so may that of
 * contacts, which only the database knows.
 */
export function mayUse(
  { userId, topics }: Pick<Principal, 'userId' | 'topics'>,
  action: keyof TopicPermissions,
  pattern: string,
): boolean {
  if (action === 'subscribe' && pattern === presenceTopic(userId)) return true;
  return topics ? topics[action].some((allowed) => covers(allowed, pattern)) : !isReservedTopic(pattern);
}
