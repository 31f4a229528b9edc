import type { Config } from '../../config/config.js';
import { rows } from './rows.js';

/** What is limited, its name in the configuration where it has one, how far it goes on this server, and what happens past that. */
type Limit = readonly [what: string, name: string, bound: string, past: string];

const S = 1_000;

/** What no schema says, of frames. */
export function frameLimits(config: Config): string {
  return table([...sharedLimits(config), ...messageLimits(config), ...topicLimits(config), ...callLimits(config)]);
}

/** The same of bodies. */
export function restLimits({ limits, channels, users, auth }: Config): string {
  return table([
    ['a body', 'MAX_FRAME_BYTES', bytes(limits.maxFrameBytes), '413'],
    ['a text', 'MAX_MESSAGE_BYTES', `${bytes(limits.maxMessageBytes)} of UTF-8`, '413'],
    ['channels', 'MAX_CHANNELS', `${channels.maxChannels}`, '409'],
    ['failures to sign in, of a name', 'SIGN_IN_FAILURES_PER_NAME', `${users.signInFailuresPerName} a minute`, '429'],
    [
      'failures to sign in, from an address',
      'SIGN_IN_FAILURES_PER_ADDRESS',
      `${users.signInFailuresPerAddress} a minute`,
      '429',
    ],
    ['a password', 'PASSWORD_MIN_LENGTH', `at least ${users.minPasswordLength} characters`, '400'],
    ['a token for a password', 'TOKEN_TTL_S', `${auth.tokenTtlMs / S} s`, '401'],
  ]);
}

function sharedLimits({ limits, heartbeat, devices, auth, presence }: Config): readonly Limit[] {
  return [
    ['a frame', 'MAX_FRAME_BYTES', bytes(limits.maxFrameBytes), 'closed with 1009; stay under 64 KiB'],
    ['a text', 'MAX_MESSAGE_BYTES', `${bytes(limits.maxMessageBytes)} of UTF-8`, '413'],
    ['nesting of a frame', 'MAX_JSON_DEPTH', `${limits.maxJsonDepth} levels`, '400'],
    [
      'frames of a user',
      'RATE_LIMIT_FRAMES',
      `${limits.rateLimitFrames} a second, twice that in a burst; acks, pings and pongs don’t count`,
      '429',
    ],
    ['frames that wait or run at once', 'MAX_INFLIGHT_FRAMES', `${limits.maxInflightFrames}`, 'the socket is not read'],
    ['what waits to be read by you', 'MAX_BUFFERED_BYTES', bytes(limits.maxBufferedBytes), 'pushing stops until then'],
    ['silence', 'IDLE_TIMEOUT_S', `${heartbeat.idleTimeoutMs / S} s`, 'closed with 4408'],
    ['the notice before a token ends', 'TOKEN_EXPIRY_NOTICE_S', `${auth.tokenExpiryNoticeMs / S} s`, ''],
    ['a device’s absence', 'DEVICE_TTL_DAYS', `${devices.ttlMs / (24 * 3_600 * S)} days`, 'it starts anew'],
    [
      'users whose status is told to all of concord',
      'PRESENCE_BROADCAST_USERS',
      `${presence.maxBroadcastUsers} online`,
      'ask over REST',
    ],
  ];
}

function messageLimits({ limits, channels }: Config): readonly Limit[] {
  return [
    ['members of a group', 'MAX_MEMBERS', `${limits.maxMembers}`, '409'],
    [
      'members of a group whose marks are told to authors',
      'RECEIPT_MEMBERS',
      `${limits.receiptMembers}`,
      'ask by `receipts`',
    ],
    ['events without an ack', 'MAX_UNACKED_EVENTS', `${limits.maxUnackedEvents} a connection`, 'sending waits'],
    ['waiting for acks', 'UNACKED_TIMEOUT_S', `${limits.unackedTimeoutMs / S} s`, 'closed with 1013'],
    ['kinds of reactions', '', '50 a message', '409'],
    ['channels', 'MAX_CHANNELS', `${channels.maxChannels}`, '409'],
    ['what comes again to concord', 'RESUME_WINDOW_S', `of the last ${channels.resumeWindowMs / S} s`, 'read history'],
    ['the same', 'RESUME_MAX_FRAMES', `${channels.maxResumedFrames} frames`, 'read history'],
  ];
}

function topicLimits({ limits, topics }: Config): readonly Limit[] {
  return [
    ['subscriptions of a connection', 'MAX_SUBSCRIPTIONS', `${limits.maxSubscriptions}`, '400'],
    ['messages that a topic’s history keeps', 'TOPIC_HISTORY_MESSAGES', `${topics.historyMessages}`, 'a gap'],
    ['how long it keeps them', 'TOPIC_HISTORY_S', `${topics.historyMs / S} s`, 'a gap'],
    ['a session without a connection', 'SESSION_TTL_S', `${topics.sessionTtlMs / S} s`, '`resumed` is false'],
    ['a file', 'MAX_FILE_BYTES', bytes(limits.maxFileBytes), '413'],
    ['messages in a batch', '', '100', '400'],
    ['the metadata of a presence', '', '4 KiB', '413'],
  ];
}

function callLimits({ calls }: Config): readonly Limit[] {
  return [
    ['how long a call rings', 'CALL_RING_S', `${calls.ringMs / S} s`, 'missed'],
    ['a call whose participants are gone', 'CALL_GONE_S', `${calls.goneMs / S} s`, 'it is closed'],
    ['how long a signal waits', 'CALL_SIGNAL_WAIT_S', `${calls.signalWaitMs / S} s`, 'it is lost'],
    ['signals that wait for one user in one call', 'MAX_HELD_SIGNALS', `${calls.maxHeldSignals}`, '429'],
    ['members of a group in which one may call', 'MAX_CALL_MEMBERS', `${calls.maxMembers}`, '409'],
  ];
}

function table(limits: readonly Limit[]): string {
  const body = limits.map(([what, name, bound, past]) => [name === '' ? what : `${what} (\`${name}\`)`, bound, past]);
  return rows(['limit', 'here', 'past it'], body);
}

function bytes(count: number): string {
  return count % 1_024 === 0 ? `${count / 1_024} KiB` : `${count} bytes`;
}
