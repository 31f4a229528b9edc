import { Client, type ClientConfig } from 'pg';

export interface ImpatientConfig extends ClientConfig {
  /** How long a statement may take, waits for locks included. */
  readonly giveUpAfterMs: number;
}

/**
 * Gives up a database that does not answer, as when the network swallows what is sent: TCP alone would notice in a
 * quarter of an hour. It ends the whole connection, so that the statement fails like any whose database has gone, and none
 * that follows has to wait behind it.
 */
export class ImpatientClient extends Client {
  private readonly giveUpAfterMs: number;

  constructor(config: ImpatientConfig) {
    super(config);
    this.giveUpAfterMs = config.giveUpAfterMs;
    // The pool listens while it keeps a client and TypeORM while it uses one. Between the two nobody does, and an error that
    // nobody hears would end the process; the next statement fails anyway.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => this.watch(query(...prepared(args)))) as Client['query'];
  }

  /** Those with a callback are the pool's own and answer at once. */
  private watch(answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer;
    const timer = setTimeout(() => void this.end(), this.giveUpAfterMs);
    return answer.finally(() => {
      clearTimeout(timer);
    });
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
