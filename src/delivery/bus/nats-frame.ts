/**
 * What goes by over NATS: a message; a question, the barrier behind those of a tick, and the answers to all up to it; a probe, which is
 * answered by none; a server's word about itself; and a piece of one of these that NATS would not carry whole.
 */
export type FrameKind = 'message' | 'question' | 'barrier' | 'probe' | 'answers' | 'word' | 'piece';

export interface Frame {
  readonly kind: FrameKind;
  /** The server that says it, by its id. */
  readonly from: string;
  /** Ascending for each server. What is published on several subjects is one frame: who gets it twice has had it. */
  readonly number: number;
  readonly body: Buffer;
}

const NEWLINE = 0x0a;
const HEAD = /^(message|question|barrier|probe|answers|word|piece) ([\w-]{1,64}) (\d{1,15})$/;

/** One line of text with all but the body, then the body: whoever reads along sees what goes by. */
export function frameBytes(kind: FrameKind, from: string, number: number, body: string | Uint8Array): Buffer {
  const head = `${kind} ${from} ${number}\n`;
  return typeof body === 'string' ? Buffer.from(head + body) : Buffer.concat([Buffer.from(head), body]);
}

/** @returns undefined: it is none of ours */
export function frameIn(data: Uint8Array): Frame | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = bytes.indexOf(NEWLINE);
  const [, kind, from, number] = HEAD.exec(bytes.toString('latin1', 0, Math.max(end, 0))) ?? [];
  if (kind === undefined || from === undefined) return undefined;
  return { kind: kind as FrameKind, from, number: Number(number), body: bytes.subarray(end + 1) };
}
