import type { FrameType } from '../../domain/frames-out.js';

/** How this dialect tells what happens, with and without `?extensions=true`. */
const TOLD = {
  messageSent: ['DirectMessage', 'Broadcast', 'X-Delete'],
  messageEdited: ['X-Edit'],
  messageDeleted: ['X-Delete'],
  messageReacted: ['X-Reactions'],
  typing: ['X-Typing'],
  online: ['Presence'],
  statusChanged: ['Presence'],
  offline: ['Presence'],
  tokenExpiring: ['AuthStatus.token_expiring'],
  reconnect: ['Status.draining'],
  welcome: ['Welcome'],
  subscriptionsEnded: ['Status.unsubscribed'],
  topicGap: ['Status.gap'],
  notification: ['Notification'],
  moduleEvent: ['X'],
  topicMessage: ['Broadcast'],
  handed: ['X', 'binary'],
  answer: [
    'Ack',
    'Status.subscribed',
    'Status.unsubscribed',
    'Status.binary_received',
    'AuthStatus.refreshed',
    'History',
    'PresenceList',
  ],
  error: ['Error'],
  pong: ['Pong'],
  chatMarked: [],
  chatState: [],
  channelChanged: [],
  threadCreated: [],
  callStarted: [],
  callAnswered: [],
  callClosed: [],
  callLogged: [],
  userJoined: [],
  userStatus: [],
  signal: [],
} as const satisfies Readonly<Record<FrameType, readonly string[]>>;

export type Saying = (typeof TOLD)[keyof typeof TOLD][number];

/** What is said to whoever has not asked. */
export const PUSHED: readonly Saying[] = pushed();

function pushed(): readonly Saying[] {
  const { answer: _answer, error: _error, pong: _pong, ...events } = TOLD;
  return [...new Set(Object.values(events).flat())];
}
