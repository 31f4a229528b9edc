import fc from 'fast-check';

/** What may happen next. Which of its numbers an act heeds, and how, is told in `acts.ts`. */
export type Act =
  | 'send'
  | 'sendTwice'
  | 'retry'
  | 'edit'
  | 'delete'
  | 'react'
  | 'dlvrd'
  | 'read'
  | 'typing'
  | 'connect'
  | 'vanish'
  | 'close'
  | 'changeHabit'
  | 'ackSome'
  | 'createGroup'
  | 'rename'
  | 'add'
  | 'remove'
  | 'leave'
  | 'join'
  | 'part'
  | 'askChats'
  | CallAct;

/** What it may do in calls: told in `call-acts.ts`. */
export type CallAct = 'newCall' | 'acceptCall' | 'declineCall' | 'closeCall';

/** What a realtime device may do next: told in `realtime-acts.ts`. */
export type RealtimeAct =
  | 'direct'
  | 'directTwice'
  | 'broadcast'
  | 'sendAgain'
  | 'subscribe'
  | 'unsubscribe'
  | 'connectRealtime'
  | 'vanishRealtime'
  | 'closeRealtime'
  | 'turnDeaf'
  | 'hear'
  | 'follow'
  | 'tellChannel';

/** What a concord device may do next: told in `concord-acts.ts`. */
export type ConcordAct =
  | 'write'
  | 'post'
  | 'editChat'
  | 'deleteChat'
  | 'reactChat'
  | 'beginThread'
  | 'typeInChannel'
  | 'connectConcord'
  | 'vanishConcord'
  | 'closeConcord'
  | 'outstay'
  | 'turnDeafConcord'
  | 'hearConcord';

export type AnyAct = Act | RealtimeAct | ConcordAct;

/** One step of a random play. Numbers are taken modulo what there is to choose from when its turn comes. */
export interface Step {
  readonly act: AnyAct;
  /** Which device does it. */
  readonly who: number;
  /** In which chat. */
  readonly where: number;
  /** To which message, with which reaction, with which user. */
  readonly which: number;
  readonly flag: boolean;
  /** Whether the play waits for the answer before it goes on: else its frames and the next ones cross. */
  readonly waits: boolean;
}

const WEIGHTS: Readonly<Record<AnyAct, number>> = {
  send: 34,
  sendTwice: 4,
  retry: 4,
  edit: 10,
  delete: 4,
  react: 12,
  dlvrd: 8,
  read: 8,
  typing: 2,
  connect: 6,
  vanish: 6,
  close: 2,
  changeHabit: 6,
  ackSome: 6,
  createGroup: 2,
  rename: 1,
  add: 3,
  remove: 2,
  leave: 1,
  join: 5,
  part: 1,
  askChats: 2,
  newCall: 9,
  acceptCall: 9,
  declineCall: 3,
  closeCall: 4,
  direct: 14,
  directTwice: 3,
  broadcast: 14,
  sendAgain: 3,
  subscribe: 6,
  unsubscribe: 2,
  connectRealtime: 5,
  vanishRealtime: 4,
  closeRealtime: 4,
  turnDeaf: 3,
  hear: 5,
  follow: 5,
  tellChannel: 8,
  write: 14,
  post: 6,
  editChat: 6,
  deleteChat: 3,
  reactChat: 8,
  beginThread: 2,
  typeInChannel: 1,
  connectConcord: 6,
  vanishConcord: 4,
  closeConcord: 3,
  outstay: 2,
  turnDeafConcord: 3,
  hearConcord: 5,
};

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(...Object.entries(WEIGHTS).map(([act, weight]) => ({ arbitrary: fc.constant(act as AnyAct), weight }))),
  who: fc.nat(),
  where: fc.nat(),
  which: fc.nat(),
  flag: fc.boolean(),
  waits: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, { arbitrary: fc.constant(true), weight: 1 }),
});

/** The same steps for the same seed. How they interleave with what the server does is nobody's to choose. */
export function stepsOf(seed: number, count: number): readonly Step[] {
  return fc.sample(fc.array(step, { minLength: count, maxLength: count, size: 'max' }), { seed, numRuns: 1 })[0] ?? [];
}
