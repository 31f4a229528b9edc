import type { WorldChannel } from './channel-record.js';
import type { Device } from './device.js';
import { pick } from './pick.js';
import type { Ask, RealtimeDevice } from './realtime-device.js';
import { isRepeatable } from './realtime-device.js';
import type { RealtimeAct, Step } from './step.js';

/** What realtime acts need to know of the play they are in. */
export interface RealtimeStage {
  readonly seed: number;
  readonly users: readonly string[];
  readonly devices: readonly Device[];
  readonly channels: readonly WorldChannel[];
  /** A word that nobody has said yet. */
  newWord(): string;
}

/** Does it; the message that it sent, if the play may want to wait for its answer. */
type Doing = (device: RealtimeDevice, step: Step, stage: RealtimeStage) => Promise<Ask | undefined>;

export const REALTIME_ACTS: Readonly<Record<RealtimeAct, Doing>> = {
  direct: (device, step, stage) => {
    const key = step.which % 5 > 0 ? stage.newWord() : undefined;
    return device.ask('DirectMessage', directOf(step, stage), metadataOf(step, key));
  },

  /** In both dialects with one key, at once: whichever comes second is the retry. */
  directTwice: async (device, step, stage) => {
    const others = stage.devices.filter(({ userId }) => userId === device.userId);
    const key = stage.newWord();
    const message = stage.newWord();
    const userId = targetOf(step, stage);
    const [ask] = await Promise.all([
      device.ask('DirectMessage', { target_user: userId, payload: { message } }, { idempotency_key: key }),
      pick(others, step.which)?.request('new', { chatId: userId, message, clientMessageId: key }),
    ]);
    return ask;
  },

  broadcast: (device, step, stage) => {
    const payload = step.flag ? stage.newWord() : { message: stage.newWord() };
    const key = step.which % 5 > 0 ? stage.newWord() : undefined;
    const topic = pick(topicsOf(stage), step.where);
    return device.ask('Broadcast', { topic, payload }, key === undefined ? undefined : { idempotency_key: key });
  },

  sendAgain: async (device, { which }) => {
    const sent = device.asks.filter((ask) => {
      return (ask.type === 'DirectMessage' || ask.type === 'Broadcast') && isRepeatable(ask) && ask.answer;
    });
    const ask = pick(sent, which);
    if (ask) await device.repeat(ask);
    return undefined;
  },

  tellChannel: async (device, step, stage) => {
    const { which, flag } = step;
    const payloads = [{ message: stage.newWord() }, { message: stage.newWord(), n: 1 }, { note: stage.newWord() }];
    const topic = topicOfChannel(step, stage);
    // What has no text is known by its key.
    const isKeyed = which % 5 > 0;
    const key = isKeyed ? stage.newWord() : undefined;
    const payload = pick(flag || !isKeyed ? payloads.slice(0, 2) : payloads, which >> 3);
    return device.ask('Broadcast', { topic, payload }, key === undefined ? undefined : { idempotency_key: key });
  },

  /** For good in a session, else for the connection; the play does not wait. */
  follow: async (device, _step, stage) => {
    if (isSubscribing(device) || device.following) return undefined;
    const topics = stage.channels.map(({ name }) => `chat.${name}`);
    // Always the same ones in a session, so that what it missed in between is certain.
    const followed = device.kind.extended === true ? topics.slice(0, 1) : topics;
    device.following = device.follow(followed).finally(() => (device.following = undefined));
    return undefined;
  },

  subscribe: (device, step, stage) => changeSubscriptions('Subscribe', device, step, stage),
  unsubscribe: (device, step, stage) => changeSubscriptions('Unsubscribe', device, step, stage),

  /** One more of an unnamed device; of others the newer connection replaces the older. */
  connectRealtime: async (device) => {
    if (device.openLines.length < 2) await device.connect();
    return undefined;
  },

  vanishRealtime: async (device, { which }) => {
    await pick(device.openLines, which)?.vanish();
    return undefined;
  },

  closeRealtime: async (device) => {
    await device.closeAll();
    return undefined;
  },

  /** What comes from now on is not received, until it hears again. */
  turnDeaf: async (device) => {
    device.hears = false;
    return undefined;
  },

  hear: async (device) => {
    device.hears = true;
    return undefined;
  },
};

/** Each world has its own. */
export function topicsOf({ seed }: { readonly seed: number }): readonly string[] {
  return ['news', 'sport', 'sport.today', 'sport.today.noon'].map((name) => `w${seed}.${name}`);
}

function patternsOf({ seed }: RealtimeStage): readonly string[] {
  return ['news', 'sport', '*', 'sport.*', 'sport.>', '>', '*.today'].map((name) => `w${seed}.${name}`);
}

/** One after the other: what was begun on a connection that is gone may still be under way when it is sent again. */
async function changeSubscriptions(
  type: 'Subscribe' | 'Unsubscribe',
  device: RealtimeDevice,
  { which, flag }: Step,
  stage: RealtimeStage,
): Promise<Ask | undefined> {
  if (device.kind.session === undefined || isSubscribing(device)) return undefined;
  const patterns = patternsOf(stage);
  const topics = [...new Set([pick(patterns, which), pick(patterns, which >> 5)])];
  return device.ask(type, { topics: flag ? topics : topics.slice(0, 1) });
}

function isSubscribing({ asks }: RealtimeDevice): boolean {
  return asks.some((ask) => isOfSubscriptions(ask) && !ask.answer);
}

function topicOfChannel({ where }: Step, { channels }: RealtimeStage): string {
  return `chat.${pick(channels, where)?.name ?? ''}`;
}

function isOfSubscriptions({ type }: Ask): boolean {
  return type === 'Subscribe' || type === 'Unsubscribe';
}

function targetOf({ where }: Step, { users }: RealtimeStage): string {
  return pick(users, where) ?? '';
}

/** With a text, with attachments, with neither, and no object at all. */
function directOf(step: Step, stage: RealtimeStage): { target_user: string; payload: unknown } {
  const word = stage.newWord();
  const attachments = [{ type: 'file', id: word, filename: 'a.txt', url: `https://example.org/${word}` }];
  const payloads = [{ message: word }, { message: word, attachments }, { note: word }, word, { message: word, n: 1 }];
  return { target_user: targetOf(step, stage), payload: pick(payloads, step.which >> 3) };
}

function metadataOf({ which, flag }: Step, key: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (key === undefined) return undefined;
  return {
    idempotency_key: key,
    ...(flag && which % 3 === 0 && { priority: 'high' }),
    ...(which % 11 === 0 && { encryption: 'aes256' }),
  };
}
