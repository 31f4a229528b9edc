import { randomBytes } from 'node:crypto';
import { onServer } from './database.js';
import { eventually } from './eventually.js';

/** Kinds of `process.getActiveResourcesInfo` that a server holds for long; requests to the system come and go. */
const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'Timeout'] as const;

type Tally = ReadonlyMap<string, number>;

/** The servers of this process that run now, and what was open before the first of them started. */
let running = 0;
let before: Tally = new Map();

/**
 * Watches one server of this process, from before its start. A server that has stopped leaves no socket, no timer and no
 * session in the database: whoever opens something closes it.
 */
export class LeakWatch {
  private readonly sessionName = `parlance test ${randomBytes(4).toString('hex')}`;

  private constructor() {
    if (running === 0) before = tally();
    running += 1;
  }

  static begin(): LeakWatch {
    return new LeakWatch();
  }

  /** The address under which the server must know its database, so that its sessions can be told from those of others. */
  named(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.searchParams.set('application_name', this.sessionName);
    return url.href;
  }

  /** The server has not come up after all. */
  abandon(): void {
    running -= 1;
  }

  /**
   * To be called when the server and the test's clients have stopped. Waits for what is on its way out; throws with what
   * stays. Sockets and timers can only be told apart once no other server runs in this process.
   */
  async end(databaseUrl: string): Promise<void> {
    running -= 1;
    // One looks for all: those that end at once would find each other's timers.
    const isLast = running === 0;
    await gone('sessions in the database', () => this.sessions(databaseUrl));
    if (isLast && running === 0) await gone('resources of this process', leftOver);
  }

  private async sessions(databaseUrl: string): Promise<readonly string[]> {
    const sql = `select coalesce(nullif(query, ''), '(nothing yet)') as query from pg_stat_activity where application_name = $1`;
    return onServer(databaseUrl, async (client) => {
      const { rows } = await client.query<{ query: string }>(sql, [this.sessionName]);
      return rows.map(({ query }) => query);
    });
  }
}

async function gone(what: string, look: () => readonly string[] | Promise<readonly string[]>): Promise<void> {
  let left: readonly string[] = [];
  const isEmpty = async (): Promise<true | undefined> => ((left = await look()).length === 0 ? true : undefined);
  await eventually(isEmpty, 'it').catch(() => {
    throw new Error(`The stopped server left ${what} behind: ${left.join(', ')}`);
  });
}

/** Counted from what was open before, as jest and the test itself hold some too. */
function leftOver(): readonly string[] {
  const now = tally();
  return KINDS.flatMap((kind) => {
    const more = (now.get(kind) ?? 0) - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}

function tally(): Tally {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
