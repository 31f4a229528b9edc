import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client, type ClientConfig, DatabaseError } from 'pg';

/** A database that answers lets somebody in within milliseconds. Also how often it is tried, while it does not. */
const PROBE_MS = 500;

/** So many are on their way at most. The oldest makes room: a pooler may let it in and then never answer it. */
const MAX_PROBES = 10;

/**
 * Whether the database is silent: it takes what it is sent and answers nothing, as when it is stopped or the network swallows it. That is so
 * once somebody has waited as long as one may, and meanwhile it answers nobody and lets nobody in: who has only waited for a lock is alone
 * with that, and one that is so busy that it takes long to let somebody in answers others. From then on nobody waits, and nothing is
 * sent, until it lets somebody in.
 */
@Injectable()
export class DatabaseSilence implements OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseSilence.name);
  private readonly waiting = new Set<() => void>();
  private readonly probes = new Set<Client>();
  private timer: NodeJS.Timeout | undefined;
  private hasBegun = false;
  private isOver = false;

  get isSilent(): boolean {
    return this.hasBegun;
  }

  /** What is silent stays so: nothing that is done last waits for it. */
  onApplicationShutdown(): void {
    this.isOver = true;
    this.stopProbing();
  }

  /** @param giveUp called once where the database falls silent meanwhile. @returns to be called when the wait is over */
  wait(giveUp: () => void): () => void {
    this.waiting.add(giveUp);
    return () => {
      this.waiting.delete(giveUp);
    };
  }

  /** Somebody was answered: whoever has waited in vain was alone with that. */
  noteAnswer(): void {
    if (this.timer && !this.hasBegun) this.stopProbing();
  }

  /** Somebody has waited as long as one may. @param config how to reach the database */
  suspect(config: ClientConfig): void {
    if (this.timer || this.isOver) return;
    this.timer = setInterval(() => {
      this.begin();
      this.probe(config);
    }, PROBE_MS);
    this.probe(config);
  }

  private begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.logger.error('the database is silent: all that asks for it is refused until it answers');
    for (const giveUp of [...this.waiting]) giveUp();
    this.waiting.clear();
  }

  /** A statement, too: what stands in front of a database may let somebody in by itself. */
  private probe(config: ClientConfig): void {
    const [oldest] = this.probes;
    if (oldest && this.probes.size >= MAX_PROBES) this.drop(oldest);
    const probe = new Client(config);
    // It is ended in whatever state it is.
    probe.on('error', () => undefined);
    this.probes.add(probe);
    const answered = (): void => {
      this.end();
    };
    const failed = (error: unknown): void => {
      if (error instanceof DatabaseError) answered();
      else this.drop(probe);
    };
    probe
      .connect()
      .then(() => probe.query('select 1'))
      .then(answered, failed);
  }

  private end(): void {
    if (this.isOver) return;
    if (this.hasBegun) this.logger.log('the database answers again');
    this.hasBegun = false;
    this.stopProbing();
  }

  private stopProbing(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const probe of this.probes) this.drop(probe);
  }

  private drop(probe: Client): void {
    this.probes.delete(probe);
    probe.connection.stream.destroy();
  }
}
