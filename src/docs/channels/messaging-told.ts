import type { DurableEvent, EphemeralEvent } from '../../domain/events.js';

/** By which events this dialect tells what is kept: they have an id, and want an ack. */
export const DURABLE = {
  messageSent: ['new', 'delete'],
  messageEdited: ['edit'],
  messageDeleted: ['delete'],
  messageReacted: ['react'],
  chatMarked: ['dlvrd', 'read'],
  chatState: ['chats'],
  callStarted: ['newCall'],
  callAnswered: ['closeCall'],
  callClosed: ['closeCall'],
  callLogged: ['call'],
  channelChanged: [],
  threadCreated: [],
} as const satisfies Readonly<Record<DurableEvent['type'], readonly string[]>>;

/** The same of what is told once, and of the messages of topics. */
export const EPHEMERAL = {
  typing: ['typing'],
  online: ['online'],
  offline: ['offline'],
  tokenExpiring: ['tokenExpiring'],
  reconnect: ['reconnect'],
  notification: ['notification'],
  signal: ['signal'],
  topicMessage: ['broadcast'],
  statusChanged: [],
  welcome: [],
  subscriptionsEnded: [],
  topicGap: [],
  userJoined: [],
  userStatus: [],
  // By whatever name the module gives it.
  moduleEvent: [],
} as const satisfies Readonly<Record<EphemeralEvent['type'] | 'topicMessage', readonly string[]>>;

type NameOf<T extends Readonly<Record<string, readonly string[]>>> = T[keyof T][number];
export type EventType = NameOf<typeof DURABLE> | NameOf<typeof EPHEMERAL>;
