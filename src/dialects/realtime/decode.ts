import { isUtf8 } from 'node:buffer';

import type { Incoming } from '../dialect.js';
import { parseJson } from '../json-text.js';
import { rawElements } from '../raw-member.js';
import { badFrame, NO_REF, WHOLE_FRAME } from './bad-frame.js';
import { decodeBinary } from './decode-binary.js';
import { decodeMessage } from './decode-message.js';

/** Messages in one batch: each is answered, so one frame must not ask for any number of answers. */
export const MAX_BATCH_MESSAGES = 100;

/** Reads one WebSocket message. Never throws; what a message holds is left to whoever handles it. */
export function decode(data: Buffer, isBinary: boolean): Incoming {
  if (isBinary) return decodeBinary(data);
  if (!isUtf8(data)) return badFrame(NO_REF, WHOLE_FRAME, 'the frame is not UTF-8');
  const text = data.toString();
  const json = parseJson(text);
  if (json === undefined) return badFrame(NO_REF, WHOLE_FRAME, 'the frame is not JSON');
  return Array.isArray(json) ? decodeBatch(json, text) : decodeMessage(json, text);
}

function decodeBatch(messages: readonly unknown[], text: string): Incoming {
  if (messages.length === 0) return badFrame(NO_REF, WHOLE_FRAME, 'the batch is empty');
  if (messages.length > MAX_BATCH_MESSAGES) {
    return badFrame(NO_REF, WHOLE_FRAME, `a batch has at most ${MAX_BATCH_MESSAGES} messages`);
  }
  if (messages.some(Array.isArray)) return badFrame(NO_REF, WHOLE_FRAME, 'a batch holds no other batch');
  const texts = rawElements(text);
  return { kind: 'batch', frames: messages.map((message, index) => decodeMessage(message, texts[index] ?? '')) };
}
