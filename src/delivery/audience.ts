import type { Dialect } from '../dialects/dialect.js';
import type { Audience } from '../domain/events.js';
import { publicIdOfTopic } from '../domain/topic-patterns.js';
import { EVERY_SERVER, subjectsOf, topicSubject, userSubject } from './bus/subjects.js';
import type { Feed } from './feed.js';
import type { Hub } from './hub.js';
import { showsChat } from './shown-chats.js';
import type { TopicFeed } from './topics/topic-feed.js';

/** Who is connected here, and to what. */
export interface TopicAudience {
  /** Each once. */
  subscribersOf(topic: string): Iterable<TopicFeed>;
  feedById(connectionId: string): Pick<TopicFeed, 'isSlow'> | undefined;
}

/**
 * The connections here of whom an audience consists, each once.
 * @param isShown a crowd whose dialect does not show it costs nothing
 */
export function* feedsOf(
  audience: Audience,
  hub: Hub,
  topics: TopicAudience,
  isShown: (dialect: Dialect) => boolean,
): Generator<Feed> {
  if ('connection' in audience) {
    yield* withDurable([audience.connection], hub);
  } else if ('users' in audience) {
    yield* usersAndSubscribers(audience, hub, topics);
  } else if ('everybody' in audience) {
    for (const [dialect, feeds] of hub.speakers) if (isShown(dialect)) yield* feeds;
  } else {
    yield* othersIn(audience, hub);
  }
}

/** Where whoever belongs to it listens. */
export function subjectsOfAudience(audience: Audience): readonly string[] {
  if ('everybody' in audience || 'connection' in audience) return [EVERY_SERVER];
  if ('users' in audience) {
    const subjects = audience.users.map(userSubject);
    return audience.topic === undefined ? subjects : [...subjects, topicSubject(audience.topic)];
  }
  const { chat, exceptUser } = audience;
  const others = chat.users?.filter((userId) => userId !== exceptUser);
  return others ? others.map(userSubject) : subjectsOf(chat);
}

function* usersAndSubscribers(
  { users, topic }: Extract<Audience, { users: unknown }>,
  hub: Hub,
  topics: TopicAudience,
): Generator<Feed> {
  const told = new Set(users);
  for (const userId of told) yield* hub.feedsOf(userId);
  if (topic === undefined) return;
  const others = [...topics.subscribersOf(topic)].filter(
    ({ userId }) => !told.has(userId) && mayHear(userId, topic, hub),
  );
  yield* withDurable(
    others.map(({ outlet }) => outlet.connectionId),
    hub,
  );
}

/** A group's topic delivers to its members only, and looks to others like one that nobody uses (protocol.md, section 6). */
function mayHear(userId: string, topic: string, hub: Hub): boolean {
  const publicId = publicIdOfTopic(topic);
  if (publicId === undefined) return true;
  const groups = [...(hub.viewer(userId)?.groups ?? [])];
  return groups.some((chatId) => hub.groups.get(chatId)?.chat.publicId === publicId);
}

function* othersIn({ chat, exceptUser }: Extract<Audience, { chat: unknown }>, hub: Hub): Generator<Feed> {
  for (const feed of hub.feedsIn(chat)) {
    const isSpared = feed.userId === exceptUser && !feed.dialect.bringsBackOwn;
    if (!isSpared && showsChat(feed.dialect, feed.outlet, chat)) yield feed;
  }
}

/** The connections' feeds of durable events: they know whether their readers have room for others. */
function* withDurable(connectionIds: readonly string[], hub: Hub): Generator<Feed> {
  for (const connectionId of connectionIds) {
    const feed = hub.feedById(connectionId);
    if (feed) yield feed;
  }
}
