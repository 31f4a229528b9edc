import fc from 'fast-check';
import { stringifyWithRaw } from '../../../src/dialects/messaging/stringify-with-raw.js';
import type { JsonObject } from '../fixtures.js';
import { asText, damaged, type RandomFrame, strangeValues } from './random-frames.js';

/** What frames name. */
export interface ConcordWorld {
  readonly channelId: number;
  /** In that channel. */
  readonly threadId: number;
  readonly chatId: number;
  readonly deletedChatId: number;
}

const REACTIONS = ['😂', '2', '__proto__', '', 'x'.repeat(65)];
const CONTENTS = ['Hi', '', '\u0000', '\ud800', '__proto__', '😂'.repeat(100)];

/** From byte soup to frames in which up to three fields are strange. */
export function randomConcordFrames(world: ConcordWorld): fc.Arbitrary<RandomFrame> {
  const good = goodFrames(world);
  const known = [...good.flatMap((frame) => Object.values(frame)), world.deletedChatId, ...REACTIONS, ...CONTENTS];
  const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 2, arbitrary: strangeValues });
  const changes = fc.dictionary(fc.constantFrom(...new Set(good.flatMap((frame) => Object.keys(frame)))), value, {
    maxKeys: 3,
  });
  const frame = fc
    .tuple(fc.constantFrom(...good), changes)
    .map(([one, others]) => stringifyWithRaw({ ...one, ...others }));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  return fc.oneof(
    { weight: 8, arbitrary: frame.map(asText) },
    { weight: 4, arbitrary: damaged(fc.constantFrom(...good).map(stringifyWithRaw)).map(asText) },
    { weight: 2, arbitrary: fc.json().map(asText) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: false })) },
    { weight: 1, arbitrary: bytes.map((data) => ({ data, binary: true })) },
  );
}

function goodFrames({ channelId, threadId, chatId }: ConcordWorld): readonly JsonObject[] {
  return [
    { type: 'chat_written', channelId, threadId: null, sentAt: 0, content: 'Hi' },
    { type: 'chat_written', channelId, threadId, sentAt: 0, content: 'Hi' },
    { type: 'chat_reaction', chatId, reaction: '😂', adding: true },
    { type: 'chat_reaction', chatId, reaction: '😂', adding: false },
    { type: 'chat_typing', channelId, threadId: null, sentAt: 0 },
  ];
}
