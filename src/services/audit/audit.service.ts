import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../domain/clock.js';
import { ConflictError, ParlanceError } from '../../domain/errors.js';
import { AuditRepository, type EarlierDeed } from './audit.repository.js';
import type { AuditAction, AuditEntry, AuditQuery, Deed } from './deed.js';

/** A deed without an outcome for so long is no longer under way: its server died. Whoever asks again does it again. */
const ABANDONED_MS = 60_000;
const DONE = 'done';

/** Sees to it that nothing an operator does is ever without a row: it is written before the deed, and its outcome after. */
@Injectable()
export class AuditService {
  private readonly logger = new Logger(AuditService.name);

  constructor(
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Does the work, once for each key of the operator and action: a repetition is answered what the first was. One that failed is
   * tried again. The work itself must bear being done twice, for a server may die in the middle of it.
   *
   * @throws UnavailableError while the database is away, and nothing was begun; ConflictError where the first with this key is still
   * under way, or was asked for something else; and what the work throws
   */
  async record<T>(deed: Deed, work: () => Promise<T>): Promise<T> {
    const begun = await this.audit.begin(deed, this.clock.now(), ABANDONED_MS);
    if (begun.earlier) return answerOf(deed, begun.earlier) as T;
    const answer = await this.attempt(begun.id, work);
    await this.audit.end(begun.id, DONE, isRepeatable(deed) ? answer : undefined);
    return answer;
  }

  /** Whether the deed was done before, by whomever. */
  wasDone(action: AuditAction, subject: string): Promise<boolean> {
    return this.audit.has(action, subject, DONE);
  }

  list(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.audit.list(query);
  }

  private async attempt<T>(id: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof ParlanceError ? error.code : 500;
      // What went wrong is what the operator has to know; the row then says that nobody knows.
      await this.audit.end(id, String(code)).catch((cause: unknown) => {
        this.logger.warn({ msg: `the outcome of deed ${id} could not be written`, cause: String(cause) });
      });
      throw error;
    }
  }
}

/** What is answered is kept for a repetition, and for nothing else: it says more of the subject than the audit is to. */
function isRepeatable({ operator, isAnswerSecret }: Deed): boolean {
  return operator.idempotencyKey !== undefined && !isAnswerSecret;
}

function answerOf({ subject, details = {} }: Deed, earlier: EarlierDeed): unknown {
  if (earlier.subject !== subject || earlier.detailsJson !== JSON.stringify(details)) {
    throw new ConflictError('this Idempotency-Key was sent with another request');
  }
  if (earlier.outcome !== DONE) throw new ConflictError('the first request with this Idempotency-Key is under way');
  return earlier.answerJson === undefined ? undefined : JSON.parse(earlier.answerJson);
}
