import { Client, type ClientConfig } from 'pg';

/**
 * How long a statement may take, ms, waits for locks included: none of ours needs a tenth of it, and whoever asked still
 * waits for the answer, also where the server drains.
 */
const STATEMENT_TIMEOUT_MS = 4_000;

/**
 * Gives up a database that does not answer, as when the network swallows what is sent: TCP alone would notice in a
 * quarter of an hour. It ends the whole connection, so that the statement fails like any whose database has gone, and none
 * that follows has to wait behind it.
 */
export class ImpatientClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // The pool listens while it keeps a client and TypeORM while it uses one. Between the two nobody does, and an error that
    // nobody hears would end the process; the next statement fails anyway.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => this.watch(query(...args))) as Client['query'];
  }

  /** Those with a callback are the pool's own and answer at once. */
  private watch(answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer;
    const timer = setTimeout(() => void this.end(), STATEMENT_TIMEOUT_MS);
    return answer.finally(() => {
      clearTimeout(timer);
    });
  }
}
