import type { ChatAddress } from './chat.js';
import { isPublicChatId } from './ids.js';
import { percentDecoded, percentEncoded } from './percent-encoding.js';

/**
 * Topics and the patterns that match them (protocol.md, section 6): 1 to 8 segments joined by dots. In a pattern `*` is exactly one
 * segment and a last `>` one or more; a wildcard in the first place never matches `user.`, `presence.` or a first segment that
 * begins with `$`.
 */
export const MAX_TOPIC_LENGTH = 255;
export const MAX_TOPIC_SEGMENTS = 8;

const FIRST_SEGMENT = /^\$?[A-Za-z0-9_-]+$/;
const SEGMENT = /^[A-Za-z0-9_-]+$/;
/** Under `user.` and `presence.`, where segments are ids of any characters. */
const ID_SEGMENT = /^(?:[A-Za-z0-9_-]|%[0-9A-Fa-f]{2})+$/;

/** What `isTopic` and `isTopicPattern` ask for beside the length, in an expression each: for schemas. */
export const TOPIC_FORM = formOf();
export const TOPIC_PATTERN_FORM = formOf('|\\*', '|>');

const PRESENCE = 'presence.';
const USER = 'user.';
const CHAT = 'chat.';

export function isTopic(text: string): boolean {
  return hasForm(text, () => false);
}

export function isTopicPattern(text: string): boolean {
  return hasForm(text, (segment, isLast) => segment === '*' || (segment === '>' && isLast));
}

/** Whether `allowed` matches every topic that `wanted` matches. */
export function covers(allowed: string, wanted: string): boolean {
  const [allowing, wanting] = [segmentsOf(allowed), segmentsOf(wanted)];
  if (isWildcard(allowing[0]) && isReservedTopic(wanted)) return false;
  for (const [index, segment] of allowing.entries()) {
    const other = wanting[index];
    if (other === undefined) return false;
    if (segment === '>') return true;
    if (other === '>') return false;
    if (segment !== '*' && segment !== other) return false;
  }
  return allowing.length === wanting.length;
}

export function patternMatches(pattern: string, topic: string): boolean {
  // A topic is the pattern that matches itself alone.
  return pattern === topic || covers(pattern, topic);
}

/** Under `user.`, `presence.` or `$`: open only by a claim. Of a pattern: whether it names one of them in its first place. */
export function isReservedTopic(pattern: string): boolean {
  return pattern.startsWith('$') || pattern.startsWith(USER) || pattern.startsWith(PRESENCE);
}

/** `presence.<user>`, with bytes that a topic cannot hold as `%XX`. */
export function presenceTopic(userId: string): string {
  return `${PRESENCE}${percentEncoded(userId)}`;
}

/** The user of a `presence.<user>` topic; undefined for any other topic or pattern. */
export function userOfPresenceTopic(topic: string): string | undefined {
  if (!topic.startsWith(PRESENCE) || !isTopic(topic)) return undefined;
  return percentDecoded(topic.slice(PRESENCE.length));
}

/** `chat.<public id>` */
export function chatTopic(publicId: string): string {
  return `${CHAT}${publicId}`;
}

/** The topic of a group or channel: a channel's is made of its name, a group's of its public id. */
export function topicOf({ kind, name, publicId }: ChatAddress): string {
  return chatTopic((kind === 'channel' ? name : publicId) ?? '');
}

/** What follows `chat.` in a topic of a chat: a channel's name, or a group's public id; undefined for any other topic. */
export function chatNameOfTopic(topic: string): string | undefined {
  return topic.startsWith(CHAT) ? topic.slice(CHAT.length) : undefined;
}

/** The public id where the topic is `chat.` and an id of the form of a group's or channel's; undefined for any other. */
export function publicIdOfTopic(topic: string): string | undefined {
  if (!topic.startsWith(CHAT)) return undefined;
  const publicId = topic.slice(CHAT.length);
  return isPublicChatId(publicId) ? publicId : undefined;
}

/** @param wildcard what else any segment may be; the last one may be `lastWildcard` */
function formOf(wildcard = '', lastWildcard = ''): string {
  const [first, later, id] = [FIRST_SEGMENT, SEGMENT, ID_SEGMENT].map(({ source }) => source.slice(1, -1));
  const rest = (segment = ''): string => {
    const middle = `(?:\\.(?:${segment}${wildcard})){0,${MAX_TOPIC_SEGMENTS - 2}}`;
    return `${middle}\\.(?:${segment}${wildcard}${lastWildcard})`;
  };
  return `^(?:(?:${first}${wildcard})(?:${rest(later)})?${lastWildcard}|(?:user|presence)${rest(id)})$`;
}

function hasForm(text: string, isAllowedWildcard: (segment: string, isLast: boolean) => boolean): boolean {
  if (text.length > MAX_TOPIC_LENGTH) return false;
  const segments = text.split('.');
  if (segments.length > MAX_TOPIC_SEGMENTS) return false;
  const later = text.startsWith(USER) || text.startsWith(PRESENCE) ? ID_SEGMENT : SEGMENT;
  return segments.every((segment, index) => {
    const form = index === 0 ? FIRST_SEGMENT : later;
    return form.test(segment) || isAllowedWildcard(segment, index === segments.length - 1);
  });
}

/** No topic is longer than the most segments, so that a `>` in their last place is one segment. */
function segmentsOf(pattern: string): readonly string[] {
  const segments = pattern.split('.');
  if (segments.length === MAX_TOPIC_SEGMENTS && segments.at(-1) === '>') segments[MAX_TOPIC_SEGMENTS - 1] = '*';
  return segments;
}

function isWildcard(segment: string | undefined): boolean {
  return segment === '*' || segment === '>';
}
