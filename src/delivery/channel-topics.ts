import type { Subscriptions } from '../domain/topics.js';

/** Match the topic of a channel whatever its name is. */
const ALL_CHANNELS: readonly string[] = ['chat.*', 'chat.>', '*.*', '*.>', '>'];

/** All patterns that match the topic of a channel: there are few, so that they are looked up rather than compared. */
export function patternsOfChannel(name: string): readonly string[] {
  return [`chat.${name}`, `*.${name}`, ...ALL_CHANNELS];
}

export function matchesChannel(subscriptions: Pick<Subscriptions, 'has'>, name: string): boolean {
  return patternsOfChannel(name).some((pattern) => subscriptions.has(pattern));
}

/** Whether a name says which channels are matched. */
export function matchesByName(subscriptions: Pick<Subscriptions, 'has'>): boolean {
  return !ALL_CHANNELS.some((pattern) => subscriptions.has(pattern));
}
