import { UnavailableError } from '../../../src/domain/errors.js';
import { DeliveryMarks, type DeliveredMessages } from '../../../src/domain/topics.js';
import type { FakeLog } from './fake-log.js';

/** What was marked as delivered, in memory; away when the log is. */
export class FakeMarks extends DeliveryMarks {
  readonly made: { readonly userId: string; readonly chat: number; readonly upTo: number }[] = [];
  /** Marks that were asked for, made or not. */
  asked = 0;
  /** Told of each mark before it is made. */
  beforeMark: (userId: string, delivered: readonly DeliveredMessages[]) => void = () => undefined;

  constructor(private readonly log: Pick<FakeLog, 'isAway'>) {
    super();
  }

  async mark(userId: string, delivered: readonly DeliveredMessages[]): Promise<void> {
    this.asked += 1;
    await new Promise(setImmediate);
    if (this.log.isAway) throw new UnavailableError('the database is away');
    this.beforeMark(userId, delivered);
    for (const { chat, upTo } of delivered) this.made.push({ userId, chat: chat.id, upTo });
  }
}
