import { Client, type ClientConfig } from 'pg';

import type { DatabaseSilence } from './database-silence.js';

export interface ImpatientConfig extends ClientConfig {
  /** How long a statement may take, waits for locks included. */
  readonly giveUpAfterMs: number;
  readonly silence: DatabaseSilence;
}

/** A little less than the pool waits, which would not tell that it has waited in vain. */
const CONNECT_WITHIN_MS = 4_000;

/**
 * Gives up a database that does not answer, as when the network swallows what is sent: TCP alone would notice in a
 * quarter of an hour. It ends the whole connection, so that the statement fails like any whose database has gone, and none
 * that follows has to wait behind it. While the database is known to be silent it sends nothing.
 */
export class ImpatientClient extends Client {
  constructor(private readonly impatience: ImpatientConfig) {
    super(impatience);
    // The pool listens while it keeps a client and TypeORM while it uses one. Between the two nobody does, and an error that
    // nobody hears would end the process; the next statement fails anyway.
    this.on('error', () => undefined);
    const connect = this.connect.bind(this) as (told: (error?: Error) => void) => void;
    this.connect = ((told: (error?: Error) => void) => {
      this.enter(connect, told);
    }) as Client['connect'];
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => this.ask(() => query(...prepared(args)))) as Client['query'];
  }

  private enter(connect: (told: (error?: Error) => void) => void, told: (error?: Error) => void): void {
    if (this.impatience.silence.isSilent) {
      process.nextTick(told, new Error('Connection terminated: the database is silent'));
      return;
    }
    const end = this.wait(CONNECT_WITHIN_MS);
    connect((error) => {
      end();
      told(error);
    });
  }

  private ask(query: () => unknown): unknown {
    // Not refused alone: it may be a transaction's, and nobody is to go on with what is left of that one.
    if (this.impatience.silence.isSilent) this.hangUp();
    const answer = query();
    // Those with a callback are the pool's own and answer at once.
    return answer instanceof Promise ? answer.finally(this.wait(this.impatience.giveUpAfterMs)) : answer;
  }

  /** @returns to be called when the wait is over */
  private wait(patienceMs: number): () => void {
    const { silence } = this.impatience;
    const giveUp = (): void => {
      this.hangUp();
    };
    const end = silence.wait(giveUp);
    const timer = setTimeout(() => {
      this.hangUp();
      silence.suspect(this.impatience);
    }, patienceMs);
    return () => {
      clearTimeout(timer);
      end();
      // Not where it has failed because the connection has.
      if (!this.connection.stream.destroyed) silence.noteAnswer();
    };
  }

  private hangUp(): void {
    this.connection.stream.destroy();
  }
}

/** A call of one of our functions, which is all of the statement. */
const CALL = /^select \* from (\w+)\([$\d, ]*\)$/;

/**
 * Calls are parsed and planned once for each connection. Other statements are planned each time: of those, plans made while the
 * tables are empty would stay.
 */
function prepared(args: unknown[]): unknown[] {
  const [text, values] = args;
  if (args.length !== 2 || typeof text !== 'string' || !Array.isArray(values)) return args;
  const name = CALL.exec(text)?.[1];
  return name === undefined ? args : [{ name: `${name} ${values.length}`, text, values: values as unknown[] }];
}
