import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { Clock } from '../domain/clock.js';
import { UnauthorizedError } from '../domain/errors.js';
import type { OpenedSession, SessionSubscription } from '../domain/topics.js';
import { TopicHistory } from './topic-history.js';

/** How far a session's client has received topic messages. */
export interface SessionMove {
  readonly sessionId: number;
  readonly position: number;
}

/** Throws `UnavailableError` while the database is away. */
@Injectable()
export class SessionStore {
  constructor(
    private readonly database: Database,
    private readonly history: TopicHistory,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * The user's session of this name. One that is new, or was last seen longer ago than `SESSION_TTL_S`, begins now and without
   * subscriptions.
   *
   * A gap is told at every opening until the client's position has passed it, for only then has the client heard of it.
   *
   * @throws UnauthorizedError the user was erased a moment ago
   */
  async open(userId: string, name: string): Promise<OpenedSession> {
    const now = this.clock.now();
    const [session] = await this.database.query<{ o_session: number; o_position: number; o_is_back: boolean }>(
      'select * from open_session($1, $2, $3, $4)',
      [userId, name, now, now - this.config.topics.sessionTtlMs],
    );
    if (!session) throw new UnauthorizedError('the user was erased');
    const { o_session: sessionId, o_position: position, o_is_back: isBack } = session;
    if (!isBack) return { sessionId, name, resumed: false, gap: [], subscriptions: [], position };
    const subscriptions = await this.subscriptionsOf(sessionId);
    const gap = subscriptions.length > 0 ? await this.history.gap(subscriptions, position) : [];
    return { sessionId, name, resumed: gap.length === 0, gap, subscriptions, position };
  }

  /**
   * Resolves after the commit. Patterns that are there already keep their beginning. To a session that was forgotten meanwhile
   * nothing is added: it will be told that it begins anew.
   *
   * @returns where the new ones begin: the number of the newest topic message
   */
  async subscribe(sessionId: number, patterns: readonly string[]): Promise<number> {
    const [row] = await this.database.query<{ since: number }>('select subscribe_session($1, $2, $3) as since', [
      sessionId,
      patterns,
      this.clock.now(),
    ]);
    if (!row) throw new Error('subscribe_session answered nothing');
    return row.since;
  }

  async unsubscribe(sessionId: number, patterns: readonly string[]): Promise<void> {
    await this.database.query('delete from session_subscriptions where session_id = $1 and pattern = any ($2)', [
      sessionId,
      patterns,
    ]);
  }

  /** Positions only ever move forward; a write that is lost means a repetition, not a loss. The sessions are seen by it. */
  async savePositions(moves: readonly SessionMove[]): Promise<void> {
    await this.save(
      moves.map(({ sessionId }) => sessionId),
      moves.map(({ position }) => position),
    );
  }

  /** The sessions are connected now: from now on their absence counts. */
  async touch(sessionIds: readonly number[]): Promise<void> {
    await this.save(sessionIds, []);
  }

  private async save(sessionIds: readonly number[], positions: readonly number[]): Promise<void> {
    await this.database.query('select save_sessions($1, $2, $3)', [sessionIds, positions, this.clock.now()]);
  }

  private async subscriptionsOf(sessionId: number): Promise<SessionSubscription[]> {
    return this.database.query<SessionSubscription>(
      'select pattern, since from session_subscriptions where session_id = $1 order by since, pattern',
      [sessionId],
    );
  }
}
