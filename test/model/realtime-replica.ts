import type { RealtimeFrame } from '../support/realtime-client.js';

type Data = Readonly<Record<string, unknown>>;

/** A direct message as far as a device has been told of it. */
export interface KnownDirect {
  /** It was told whole; else only that it was touched. */
  whole: boolean;
  from?: string;
  /** Told only where one has written it oneself. */
  to?: string;
  payload?: unknown;
  deleted: boolean;
  /** Known from the answer to the device's own sending. */
  answered: boolean;
  /** Where this was told last; 0 where it was not. */
  line: number;
}

/** What a realtime device shows: made of nothing but frames, keyed by `message_id`, the later one replacing the earlier. */
export class RealtimeReplica {
  readonly directs = new Map<string, KnownDirect>();
  /** Topics of which it was told that something is lost. */
  readonly gaps = new Set<string>();

  /** @param line which of the device's connections it came on */
  learn({ type, data }: RealtimeFrame, line: number): void {
    switch (type) {
      case 'DirectMessage':
        this.change(data, line, (known) => {
          known.whole = true;
          known.from = data.from_user as string;
          known.to = data.to_user as string | undefined;
          known.payload = data.payload;
          known.deleted = false;
        });
        return;
      case 'X-Edit':
        this.change(data, line, (known) => {
          known.payload = data.payload;
          known.deleted = false;
        });
        return;
      case 'X-Delete':
        this.change(data, line, (known) => {
          known.payload = undefined;
          known.deleted = true;
        });
        return;
      case 'Status':
        for (const topic of gapIn(data)) this.gaps.add(topic);
        return;
      default:
      // The rest is not kept.
    }
  }

  /** Nothing that was told since is forgotten. */
  learnSent(messageId: string, from: string, { target_user: to, payload }: Data): void {
    const known = this.direct(messageId);
    if (known.whole) return;
    Object.assign(known, { whole: true, answered: true, from, to });
    if (known.line === 0) known.payload = payload;
  }

  private change(data: Data, line: number, apply: (known: KnownDirect) => void): void {
    const { message_id: messageId } = data.metadata as { message_id: string };
    const known = this.direct(messageId);
    // A connection is told everything as it stands when it opens: an older one knows less.
    if (line < known.line) return;
    apply(known);
    known.line = line;
  }

  private direct(messageId: string): KnownDirect {
    const known = this.directs.get(messageId) ?? { whole: false, deleted: false, answered: false, line: 0 };
    this.directs.set(messageId, known);
    return known;
  }
}

/** In the Welcome of a session, or later. */
function gapIn({ status, details }: Data): readonly string[] {
  const { gap, topics } = (details ?? {}) as { gap?: readonly string[]; topics?: readonly string[] };
  if (status === 'gap') return topics ?? [];
  return status === 'connected' ? (gap ?? []) : [];
}
