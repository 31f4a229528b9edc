import type { Channel, Thread } from './channels.js';

/** Where there is no user to name: the server itself made the channel. */
export const NOBODY = 0;

/** A channel as *concord* shows it, in its frames and over REST. */
export interface ShownChannel {
  readonly id: number;
  readonly parentChannelId: number | null;
  readonly ordinality: number;
  readonly name: string;
  readonly description: string | null;
  readonly capabilities: readonly string[];
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly createdByUserId: number;
}

/** A thread as *concord* shows it. */
export interface ShownThread {
  readonly id: number;
  readonly channelId: number;
  /** The source, by its number among all messages. */
  readonly sourceChatId: number;
  readonly creatorId: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly name: string;
}

export function shownChannel(channel: Channel): ShownChannel {
  const { id, parentId, ordinality, name, description, capabilities, createdAt, createdBy } = channel;
  return {
    id,
    parentChannelId: parentId ?? null,
    ordinality,
    name,
    description: description ?? null,
    capabilities,
    createdAt,
    createdByUserId: createdBy ?? NOBODY,
  };
}

export function shownThread({ id, channelId, messageId, createdBy, createdAt, name }: Thread): ShownThread {
  return { id, channelId, sourceChatId: messageId, creatorId: createdBy, createdAt, name };
}
