import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { errorText } from '../domain/error-text.js';
import { Metrics } from '../domain/metrics.js';
import { type Envelope, EventTransport } from './event-transport.js';
import { type FailedEvent, OutgoingEventsRepository, type WaitingEvent } from './outgoing-events.repository.js';
import { retryDelayMs } from './retry-delay.js';

/** Events taken at once. */
const MAX_TAKEN = 100;
/** Chats and users whose events are under way at once. */
const MAX_CONCURRENT = 8;
/** After so many rounds of which nothing was taken the next ones wait, each for so long: who is down is not asked all the time. */
const FRUITLESS_ROUNDS = 3;
const PAUSE_MS = 1_000;
/** A round begins attempts for as long as one may take; then the last of them may take as long, and be noted. */
const ROUND_TIMEOUTS = 3;

/** What became of the events of one round. */
interface Round {
  readonly delivered: string[];
  readonly failed: FailedEvent[];
  readonly untried: string[];
  /** No attempt begins after it, ms since the epoch. */
  readonly until: number;
}

/**
 * Delivers events, each until it was taken or has failed `EVENTS_MAX_ATTEMPTS` times. Of one chat one after the other; one that fails
 * lets the next ones pass. An event is deleted after it was delivered, so it comes again where the server dies between the two.
 */
@Injectable()
export class Courier {
  private readonly logger = new Logger(Courier.name);
  private isClosed = false;
  /** Rounds in a row of which nothing was taken. */
  private fruitless = 0;
  private pausedUntil = 0;

  constructor(
    private readonly events: OutgoingEventsRepository,
    private readonly transport: EventTransport,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** @returns whether there was something to do; not while nobody takes anything */
  async deliver(): Promise<boolean> {
    if (this.clock.now() < this.pausedUntil) return false;
    const { timeoutMs } = this.config.outgoing;
    const taken = await this.events.take(MAX_TAKEN, timeoutMs * ROUND_TIMEOUTS);
    if (taken.length === 0) return false;
    const round: Round = { delivered: [], failed: [], untried: [], until: this.clock.now() + timeoutMs };
    const chains = [...bySubject(taken)];
    const carry = async (): Promise<void> => {
      for (let chain = chains.shift(); chain; chain = chains.shift()) await this.deliverChain(chain, round);
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, carry));
    this.pace(round);
    await this.note(round);
    return true;
  }

  /** What is under way ends, and what was not tried is left for another server. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.transport.close();
  }

  private async deliverChain(chain: readonly WaitingEvent[], round: Round): Promise<void> {
    for (let first = 0; first < chain.length; first += this.transport.batch) {
      const events = chain.slice(first, first + this.transport.batch);
      if (this.isClosed || this.clock.now() > round.until) round.untried.push(...idsOf(events));
      else await this.attempt(events, round);
    }
  }

  private async attempt(events: readonly WaitingEvent[], round: Round): Promise<void> {
    try {
      const refused = await this.transport.deliver(events.map(envelopeOf));
      const reasons = new Map(refused.map(({ id, reason }) => [id, reason]));
      for (const event of events) {
        const reason = reasons.get(event.id);
        if (reason === undefined) round.delivered.push(event.id);
        else round.failed.push(this.failureOf(event, reason));
      }
    } catch (error) {
      // What was broken off by our going has not failed.
      if (this.isClosed) round.untried.push(...idsOf(events));
      else round.failed.push(...events.map((event) => this.failureOf(event, errorText(error))));
    }
  }

  private failureOf({ id, attempts }: WaitingEvent, error: string): FailedEvent {
    const failures = attempts + 1;
    const isGivenUp = failures >= this.config.outgoing.maxAttempts;
    return { id, error, retryAt: isGivenUp ? undefined : this.clock.now() + retryDelayMs(failures) };
  }

  private pace({ delivered, failed }: Round): void {
    if (delivered.length > 0) this.fruitless = 0;
    else if (failed.length > 0) this.fruitless += 1;
    if (this.fruitless >= FRUITLESS_ROUNDS) this.pausedUntil = this.clock.now() + PAUSE_MS;
  }

  private async note({ delivered, failed, untried }: Round): Promise<void> {
    const dead = failed.filter(({ retryAt }) => retryAt === undefined);
    this.count('delivered', delivered.length);
    this.count('failed', failed.length - dead.length);
    this.count('dead', dead.length);
    this.log('warn', 'events were not delivered', failed);
    this.log('error', 'events were given up', dead);
    await this.events.delivered(delivered);
    await this.events.failed(failed);
    await this.events.release(untried);
  }

  /** One line for all of a round: where one fails most do. */
  private log(level: 'warn' | 'error', msg: string, events: readonly FailedEvent[]): void {
    const [first] = events;
    if (first) this.logger[level]({ msg, events: events.length, first: first.id, error: first.error });
  }

  private count(result: string, events: number): void {
    if (events > 0) this.metrics.outgoingEvents.of(this.transport.name, result).add(events);
  }
}

function bySubject(events: readonly WaitingEvent[]): Iterable<readonly WaitingEvent[]> {
  const chains = new Map<string, WaitingEvent[]>();
  for (const event of events) {
    const chain = chains.get(event.subject);
    if (chain) chain.push(event);
    else chains.set(event.subject, [event]);
  }
  return chains.values();
}

function envelopeOf({ id, type, at, data, attempts }: WaitingEvent): Envelope {
  return {
    id,
    type,
    attempts,
    json: `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"at":${at},"data":${data}}`,
  };
}

function idsOf(events: readonly WaitingEvent[]): string[] {
  return events.map(({ id }) => id);
}
