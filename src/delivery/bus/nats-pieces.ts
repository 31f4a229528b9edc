/**
 * What a server may say at once, however little NATS carries in one piece: more than the largest batch of changes and the largest frame,
 * and little enough to be held for each server.
 */
export const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** A piece's own line: its place, of how many. */
const HEAD = /^(\d{1,6}) (\d{1,6})\n/;
const MAX_HEAD_LENGTH = 14;

/** @param pieceBytes how many of the whole each holds */
export function* piecesOf(whole: Buffer, pieceBytes: number): Generator<Buffer> {
  const count = Math.ceil(whole.length / pieceBytes);
  for (let place = 0; place < count; place++) {
    const part = whole.subarray(place * pieceBytes, (place + 1) * pieceBytes);
    yield Buffer.concat([Buffer.from(`${place} ${count}\n`), part]);
  }
}

/** Puts together what one server says in pieces. They come one after the other, or what they are of is lost. */
export class NatsPieces {
  private parts: Buffer[] = [];
  private bytes = 0;
  /** Of the whole that these are pieces of something is lost, and that has been said. */
  private isLost = false;

  /** @returns with the last piece the whole; 'lost' with the first that does not fit, once for each whole */
  add(piece: Buffer): Buffer | 'lost' | undefined {
    const [head = '', place, count] = HEAD.exec(piece.toString('latin1', 0, MAX_HEAD_LENGTH)) ?? [];
    if (Number(place) === 0) this.begin();
    if (this.isLost) return undefined;
    const part = piece.subarray(head.length);
    if (Number(place) !== this.parts.length || this.bytes + part.length > MAX_WHOLE_BYTES) return this.giveUp();
    this.parts.push(part);
    this.bytes += part.length;
    return this.parts.length === Number(count) ? this.whole() : undefined;
  }

  private whole(): Buffer {
    const whole = Buffer.concat(this.parts);
    this.begin();
    return whole;
  }

  private giveUp(): 'lost' {
    this.begin();
    this.isLost = true;
    return 'lost';
  }

  private begin(): void {
    this.parts = [];
    this.bytes = 0;
    this.isLost = false;
  }
}
