import type { View } from '../../domain/events.js';
import type { EncodedEvent } from '../dialect.js';

/** Shown to the two users of a dialog; to the one who did it, on its other connections, in another form or not at all. */
export class DialogFrame implements EncodedEvent {
  constructor(
    private readonly doer: string,
    private readonly forOther: string,
    private readonly forDoer: string | undefined,
  ) {}

  forView({ viewer }: View): string | undefined {
    return viewer === this.doer ? this.forDoer : this.forOther;
  }
}
