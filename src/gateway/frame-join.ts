const FIN_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_MEDIUM = 65_535;

/** Text waiting to leave, with its length in UTF-8, which is counted once. */
export interface OutgoingText {
  readonly text: string;
  readonly bytes: number;
}

/**
 * Text frames as bytes, one after the other, as a server sends them (RFC 6455, section 5.2): whole, unmasked,
 * uncompressed. The last result is kept until `forget`, so that connections which get the same texts share its bytes.
 */
export class FrameJoin {
  private lastTexts: readonly OutgoingText[] = [];
  private lastBytes: Buffer | undefined;

  bytesOf(texts: readonly OutgoingText[]): Buffer {
    if (this.lastBytes && isSame(texts, this.lastTexts)) return this.lastBytes;
    this.lastTexts = texts;
    this.lastBytes = join(texts);
    return this.lastBytes;
  }

  forget(): void {
    this.lastTexts = [];
    this.lastBytes = undefined;
  }
}

/** Strings that are one and the same compare in no time; others differ early, in an id or a chat. */
function isSame(texts: readonly OutgoingText[], others: readonly OutgoingText[]): boolean {
  return texts.length === others.length && texts.every(({ text }, index) => text === others[index]?.text);
}

function join(texts: readonly OutgoingText[]): Buffer {
  let total = 0;
  for (const { bytes } of texts) total += headerLength(bytes) + bytes;
  const joined = Buffer.allocUnsafe(total);
  let offset = 0;
  for (const { text, bytes } of texts) {
    offset = writeHeader(joined, offset, bytes);
    offset += joined.write(text, offset);
  }
  return joined;
}

function headerLength(bytes: number): number {
  if (bytes <= MAX_SHORT) return 2;
  return bytes <= MAX_MEDIUM ? 4 : 10;
}

function writeHeader(target: Buffer, offset: number, bytes: number): number {
  target[offset] = FIN_TEXT;
  if (bytes <= MAX_SHORT) return target.writeUInt8(bytes, offset + 1);
  if (bytes <= MAX_MEDIUM) return target.writeUInt16BE(bytes, target.writeUInt8(126, offset + 1));
  return target.writeUIntBE(bytes, target.writeUInt16BE(0, target.writeUInt8(127, offset + 1)), 6);
}
