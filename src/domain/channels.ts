import { isPublicChatId, NO_PUBLIC_ID_PATTERN } from './ids.js';

/** What a channel offers beside texts is for clients to agree on: the server keeps the words. */
export const DEFAULT_CAPABILITIES: readonly string[] = ['TEXT'];

/** A channel as whoever may read it sees it. */
export interface Channel {
  /** The number of its chat. */
  readonly id: number;
  /** `c_` and 22 characters: the chat id that *messaging* shows. */
  readonly publicId: string;
  /** Absent at the root of the tree. */
  readonly parentId?: number;
  /** Its place among those of one parent; of equal ones the name decides. */
  readonly ordinality: number;
  readonly name: string;
  readonly description?: string;
  readonly capabilities: readonly string[];
  /** ms since the epoch. */
  readonly createdAt: number;
  /** The number of the user who made it; absent for what the server made itself. */
  readonly createdBy?: number;
}

/** Messages of a channel that belong to one of its messages. */
export interface Thread {
  readonly id: number;
  readonly channelId: number;
  /** The source, by its number among all messages. */
  readonly messageId: number;
  /** The number of the user who began it. */
  readonly createdBy: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly name: string;
}

/** Letters, digits, `_` and `-`, so that `chat.<name>` is a topic. */
const CHANNEL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** All of that, as a schema says it. */
export const CHANNEL_NAME_PATTERN = `${NO_PUBLIC_ID_PATTERN}${CHANNEL_NAME.source.slice(1)}`;

/** What has the form of a public id cannot be a name: the topic would be that chat's. */
export function hasChannelNameForm(text: string): boolean {
  return CHANNEL_NAME.test(text) && !isPublicChatId(text);
}
