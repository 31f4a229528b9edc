/** Two modules want to handle the same: the message names both, for whoever has put them together. */
export class ClaimedTwice extends Error {
  override readonly name = 'ClaimedTwice';

  /** @param one @param other `PollsHandlers.vote of PollsModule` */
  constructor(payloadType: string, one: string, other: string) {
    super(
      `The payloadType "${payloadType}" is handled twice, by ${one} and by ${other}.\n` +
        'Rename one of them, or leave one of the modules out.',
    );
  }
}
