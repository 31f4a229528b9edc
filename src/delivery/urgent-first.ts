import type { Message } from '../domain/message.js';
import type { CatchUpEvent } from '../log/catch-up-events.js';
import type { CatchUpChat } from '../log/log-reader.js';
import type { FeedServices } from './feed-services.js';
import type { Reader } from './reader.js';
import { showsChat } from './shown-chats.js';
import type { Track } from './track.js';

/** Messages that one connection is sent before their turn. What is urgent beyond it comes in its turn. */
export const MAX_EARLY = 256;
/** Chats asked for in one query: the answer to most of them is nothing. */
const CHATS_PER_QUERY = 1_000;

/**
 * Sends what is urgent among what waits before all the rest, in dialects whose receipts are pings.
 *
 * That is a hint and no more. Nothing waits for it to be received, for a mark or a cursor would cover what comes before it in its
 * chat. When its turn comes it takes its place there, without being sent again, and is received with what precedes it; a
 * connection that ends before is told once more.
 */
export class UrgentFirst {
  /** It is for what waits when a connection begins, once. */
  isDone: boolean;
  private early = 0;

  constructor(
    private readonly reader: Reader,
    private readonly log: FeedServices['reader'],
  ) {
    this.isDone = reader.dialect.receivedBy === 'acks' || !reader.dialect.showsDialogs;
  }

  /** To be done again where it fails. */
  async send(tracks: readonly Track[]): Promise<void> {
    for (let start = 0; start < tracks.length && this.early < MAX_EARLY; start += CHATS_PER_QUERY) {
      const from = tracks.slice(start, start + CHATS_PER_QUERY).map((track) => track.from);
      const chats = await this.log.urgent(this.reader.outlet.principal.userId, from, MAX_EARLY - this.early);
      for (const chat of chats) this.sendChat(chat);
    }
    this.isDone = true;
  }

  /** Whether the event was sent early and still stands as it was sent. To be asked once, when its turn has come. */
  wasSent(track: Track, { change, event }: CatchUpEvent): boolean {
    const sent = track.sentEarly?.get(change);
    if (sent === undefined) return false;
    track.sentEarly?.delete(change);
    return event.type === 'messageSent' && stateOf(event.message) === sent;
  }

  private sendChat({ chat, events }: CatchUpChat): void {
    const { dialect, outlet, window } = this.reader;
    const track = window.track(chat.id);
    if (!track || !showsChat(dialect, outlet, chat)) return;
    for (const event of events) this.sendOne(track, event);
  }

  private sendOne(track: Track, { change, event, view }: CatchUpEvent): void {
    if (event.type !== 'messageSent' || track.sentEarly?.has(change)) return;
    const { dialect, sender } = this.reader;
    const encoded = dialect.encodeDurable(event);
    if (!encoded || sender.room() <= 0 || !sender.sendEarly(encoded, view, event)) return;
    this.early += 1;
    (track.sentEarly ??= new Map()).set(change, stateOf(event.message));
  }
}

/** Differs as soon as the message does: catching up tells a message as it stands, and nothing of how it came to that. */
function stateOf({ updatedAt = 0, reactionsJson = '' }: Message): string {
  return `${updatedAt}${reactionsJson}`;
}
