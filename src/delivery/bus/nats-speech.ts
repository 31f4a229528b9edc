import { frameBytes, type FrameKind } from './nats-frame.js';
import type { NatsLink } from './nats-link.js';
import { MAX_WHOLE_BYTES, piecesOf } from './nats-pieces.js';
import type { Word } from './nats-words.js';

/** More than what stands before the body in a frame and in a piece. */
const HEAD_BYTES = 160;

/** All that this server says: frames with ascending numbers, in pieces where NATS carries none so large. */
export class NatsSpeech {
  /** Something was said that nobody could hear. */
  hasMissed = false;
  private numbers = 0;

  constructor(
    private readonly serverId: string,
    private readonly link: NatsLink,
    private readonly onError: (error: unknown) => void,
  ) {}

  /**
   * The same bytes on each subject. Never throws.
   * @returns the frame's number; undefined: nobody hears it
   */
  say(subjects: readonly string[], kind: FrameKind, body: () => string | Buffer): number | undefined {
    if (!this.link.isUp) {
      // What it says of itself it says again.
      this.hasMissed ||= kind !== 'word';
      return undefined;
    }
    try {
      const number = ++this.numbers;
      this.publish(subjects, frameBytes(kind, this.serverId, number, body()));
      return number;
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }

  /** @returns whether it was said */
  sayWord(subject: string, word: Word): boolean {
    return this.say([subject], 'word', () => JSON.stringify(word)) !== undefined;
  }

  private publish(subjects: readonly string[], bytes: Buffer): void {
    if (bytes.length > this.link.maxPayload) {
      this.publishPieces(subjects, bytes);
      return;
    }
    for (const subject of subjects) this.link.publish(subject, bytes);
  }

  private publishPieces(subjects: readonly string[], whole: Buffer): void {
    if (whole.length > MAX_WHOLE_BYTES) throw new Error(`${whole.length} bytes are more than the bus carries`);
    for (const piece of piecesOf(whole, this.link.maxPayload - HEAD_BYTES)) {
      const bytes = frameBytes('piece', this.serverId, ++this.numbers, piece);
      for (const subject of subjects) this.link.publish(subject, bytes);
    }
  }
}
