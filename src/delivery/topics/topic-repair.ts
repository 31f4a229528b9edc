import type { NumberedTopicMessage } from '../../log/topic-history.js';
import type { HeldBack } from './held-back.js';
import type { PushedMessages } from './pushed-messages.js';
import type { TopicServices } from './topic-services.js';

/** Numbers looked at in one step. */
const PAGE_NUMBERS = 1_000;
/** Messages read at once, most of them small. */
const PAGE_MESSAGES = 50;

export interface RepairedTopics {
  /** Whether anybody here is to be sent it. */
  isWanted(topic: string, number: number): boolean;
  /** Others have published these, and they were not pushed yet. */
  readonly heldBack: Pick<HeldBack, 'has' | 'messages'>;
  /** The message is committed, and all before it was pushed here. */
  committed(id: string): void;
  /** Pushes what nobody has pushed here. */
  deliverMissed(message: NumberedTopicMessage): void;
  /** Something on these topics, each up to that number, can neither be pushed nor read any more. */
  lost(topics: ReadonlyMap<string, number>): void;
}

/**
 * Pushes from history what was never pushed here: what the bus has lost, what was published before this server listened, what a killed
 * server had begun to write. Once for all connections of this server, and reading the contents only of what one of them wants.
 */
export class TopicRepair {
  constructor(
    private readonly pushed: PushedMessages,
    private readonly history: TopicServices['history'],
    private readonly topics: RepairedTopics,
  ) {}

  /** One step: everything up to this number, or the first part of it. */
  async step(upTo: number): Promise<void> {
    const above = this.pushed.newest;
    const heads = await this.history.heads(above, upTo, PAGE_NUMBERS);
    const end = heads.length < PAGE_NUMBERS ? upTo : (heads.at(-1)?.number ?? upTo);
    const gone = heads.length < end - above ? await this.history.gone(above) : new Map<string, number>();
    const found = new Map<number, NumberedTopicMessage | undefined>();
    const isLacking = ({ number, topic, id }: (typeof heads)[number]): boolean =>
      !found.has(number) && this.isMissed(number, topic, id);
    // Who came while it was read may want more.
    for (let lacking = heads.filter(isLacking); lacking.length > 0; lacking = heads.filter(isLacking)) {
      const numbers = lacking.slice(0, PAGE_MESSAGES).map(({ number }) => number);
      for (const number of numbers) found.set(number, undefined);
      for (const message of await this.history.numbered(numbers)) found.set(message.number, message);
    }
    this.tellLost(gone, new Set(heads.map(({ id }) => id)));
    for (const { number, topic, id } of heads) {
      this.topics.committed(id);
      const message = found.get(number);
      if (message && this.isMissed(number, topic, id)) this.topics.deliverMissed(message);
      this.pushed.settle([id]);
      this.pushed.committedUpTo(number);
    }
    this.pushed.committedUpTo(end);
  }

  private isMissed(number: number, topic: string, id: string): boolean {
    if (number <= this.pushed.newest || this.pushed.isOpen(id) || this.topics.heldBack.has(id)) return false;
    return this.topics.isWanted(topic, number);
  }

  /** What was or will be pushed here, and is gone because it was not to be kept, is not lost. */
  private tellLost(gone: ReadonlyMap<string, number>, kept: ReadonlySet<string>): void {
    if (gone.size === 0) return;
    const lost = new Map(gone);
    const here = [...this.pushed.openMessages(), ...this.topics.heldBack.messages()];
    for (const { id, topic } of here) if (!kept.has(id)) lost.delete(topic);
    if (lost.size > 0) this.topics.lost(lost);
  }
}
