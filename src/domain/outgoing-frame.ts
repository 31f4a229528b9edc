/** One frame, ready to be written to any number of sockets: its bytes are counted once. */
export class OutgoingFrame {
  /** In UTF-8. */
  readonly bytes: number;

  /** @param content text for a text frame, bytes for a binary one */
  constructor(readonly content: string | Buffer) {
    this.bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  }
}
