import type { OutgoingFrame } from '../domain/outgoing-frame.js';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
const MAX_SHORT = 125;
const MAX_MEDIUM = 65_535;

/**
 * Frames as bytes, one after the other, as a server sends them (RFC 6455, section 5.2): whole, unmasked, uncompressed.
 * The last result is kept until `forget`, so that connections which get the same frames share its bytes.
 */
export class FrameJoin {
  private lastFrames: readonly OutgoingFrame[] = [];
  private lastBytes: Buffer | undefined;

  bytesOf(frames: readonly OutgoingFrame[]): Buffer {
    if (this.lastBytes && areSame(frames, this.lastFrames)) return this.lastBytes;
    this.lastFrames = frames;
    this.lastBytes = join(frames);
    return this.lastBytes;
  }

  forget(): void {
    this.lastFrames = [];
    this.lastBytes = undefined;
  }
}

function areSame(frames: readonly OutgoingFrame[], others: readonly OutgoingFrame[]): boolean {
  if (frames.length !== others.length) return false;
  for (let index = 0; index < frames.length; index += 1) {
    const frame = frames[index];
    const other = others[index];
    // What many get is one frame, or one text. Texts that differ do so early, in an id or a chat.
    if (frame !== other && frame?.content !== other?.content) return false;
  }
  return true;
}

function join(frames: readonly OutgoingFrame[]): Buffer {
  let total = 0;
  for (const { bytes } of frames) total += headerLength(bytes) + bytes;
  const joined = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const frame of frames) offset = writeFrame(joined, offset, frame);
  return joined;
}

/** @returns where the next one begins */
function writeFrame(target: Buffer, offset: number, { content, bytes }: OutgoingFrame): number {
  const isText = typeof content === 'string';
  target[offset] = isText ? FIN_TEXT : FIN_BINARY;
  const start = writeLength(target, offset + 1, bytes);
  if (isText) target.write(content, start);
  else target.set(content, start);
  return start + bytes;
}

function headerLength(bytes: number): number {
  if (bytes <= MAX_SHORT) return 2;
  return bytes <= MAX_MEDIUM ? 4 : 10;
}

function writeLength(target: Buffer, offset: number, bytes: number): number {
  if (bytes <= MAX_SHORT) return target.writeUInt8(bytes, offset);
  if (bytes <= MAX_MEDIUM) return target.writeUInt16BE(bytes, target.writeUInt8(126, offset));
  return target.writeUIntBE(bytes, target.writeUInt16BE(0, target.writeUInt8(127, offset)), 6);
}
