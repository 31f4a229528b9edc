import { setImmediate as tick, setTimeout as wait } from 'node:timers/promises';

import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { NatsConfig } from '../../config/config.js';
import type { Clock } from '../../domain/clock.js';
import type { Metrics } from '../../domain/metrics.js';
import {
  type Answerer,
  type AnswerOf,
  type AskOptions,
  Bus,
  type BusListener,
  type BusMessage,
  type BusQuestionKind,
  type BusWatcher,
  type QuestionOf,
  type Subscription,
} from './bus.js';
import { BusWatchers } from './bus-watchers.js';
import { LocalBus } from './local-bus.js';
import { messageJson, questionBody } from './nats-bodies.js';
import { NatsHearing } from './nats-hearing.js';
import { NatsInquiries } from './nats-inquiries.js';
import { type Interruption, NatsInterruptions } from './nats-interruptions.js';
import { NatsLink } from './nats-link.js';
import { natsOptions } from './nats-options.js';
import type { Peer } from './nats-peer.js';
import { NatsPeers } from './nats-peers.js';
import { NatsReach } from './nats-reach.js';
import { NatsSpeech } from './nats-speech.js';
import { busSubject, EVERY_BUS } from './nats-words.js';

/** How long a start waits for NATS before it goes on without. */
const START_MS = 1_000;

/** How long a start waits for the others to say that they are there. */
const GREETING_MS = 50;

/** Not less: a server that was only busy for a moment answers late too, and to read everything again for that is not cheap. */
const LATE_BEACONS = 2;

/** How much longer the answers of others to patient questions are waited for: a moment in which they are busy is over by then. */
const PATIENCE_MS = 1_000;

export interface NatsBusOptions {
  readonly nats: NatsConfig;
  /** The database's: servers of another one are not heard, and do not hear. */
  readonly identity: string;
  /** How long the answers of others are waited for. */
  readonly answerMs: number;
  readonly beaconMs: number;
  /** For so long what a server that has died had under way may still come into the database. */
  readonly statementTimeoutMs: number;
  /** The server's: NATS shows it to its operators. */
  readonly name: string;
  /** Why NATS is not reached; once for each reason in a row. */
  readonly onUnreachable: (error: unknown) => void;
}

/**
 * The bus of several servers, over NATS. What this server tells itself goes no such way: that is the `LocalBus` in it. What it says to
 * others goes by `NatsSpeech`, what they say comes by `NatsHearing`. Servers know of one another by beacons (`NatsPeers`); how it is known
 * that all have answered says `NatsInquiry`.
 *
 * While NATS is away it is the bus of a server that is alone, and keeps nothing for later.
 */
export class NatsBus extends Bus implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly serverId: string;
  override readonly isLossless: boolean = false;
  private readonly local: LocalBus;
  private readonly watchers: BusWatchers;
  private readonly link: NatsLink;
  private readonly speech: NatsSpeech;
  private readonly others: NatsPeers;
  private readonly inquiries: NatsInquiries;
  private readonly nodes: NatsReach;
  private readonly interruptions: NatsInterruptions;
  private readonly hearing: NatsHearing;

  constructor(
    private readonly options: NatsBusOptions,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly onError: (error: unknown) => void,
  ) {
    super();
    this.local = new LocalBus(onError);
    this.serverId = this.local.serverId;
    this.watchers = new BusWatchers(onError);
    this.interruptions = this.makeInterruptions();
    this.link = this.makeLink();
    this.speech = new NatsSpeech(this.serverId, this.link, onError);
    this.others = this.makePeers();
    this.inquiries = this.makeInquiries();
    this.nodes = this.makeNodes();
    this.hearing = this.makeHearing();
    for (const subject of [EVERY_BUS, busSubject(this.serverId)]) void this.link.interests.add(subject);
  }

  get isConnected(): boolean {
    return this.link.isUp;
  }

  get peers(): ReadonlySet<string> {
    return this.others.ids;
  }

  /** Where NATS is there, a server that begins to listen to its clients hears the others. Where not, it goes on, and tries. */
  async onApplicationBootstrap(): Promise<void> {
    this.others.start();
    const arrival = this.nextArrival();
    this.link.open();
    await Promise.race([arrival, wait(START_MS, undefined, { ref: false })]);
    if (this.isConnected) await this.meet();
    else this.watchers.away();
  }

  /** After the drain. What others in this module still have to say as they end is said before the farewell. */
  async onApplicationShutdown(): Promise<void> {
    await tick();
    this.interruptions.stop();
    this.others.stop();
    await this.link.close();
    this.inquiries.end();
  }

  publish(subjects: readonly string[], message: BusMessage): void {
    this.speech.say(subjects, 'message', () => messageJson(message));
    if (message.kind === 'canary' && this.isConnected) void this.publishByNats(subjects, message);
    else this.local.publish(subjects, message);
  }

  subscribe(subject: string): Subscription {
    const ready = this.link.interests.add(subject);
    const local = this.local.subscribe(subject);
    let hasEnded = false;
    const end = (): void => {
      if (hasEnded) return;
      hasEnded = true;
      local.end();
      this.link.interests.remove(subject);
    };
    return { ready, end };
  }

  listen(listener: BusListener): () => void {
    return this.local.listen(listener);
  }

  ask<K extends BusQuestionKind>(
    subjects: readonly string[],
    kind: K,
    question: QuestionOf<K>,
    { isPatient = false }: AskOptions = {},
  ): Promise<readonly AnswerOf<K>[]> {
    const number = this.speech.say(subjects, 'question', () => questionBody(kind, question));
    const own = this.local.isInterestedIn(subjects) ? this.local.answersTo(kind, question) : [];
    if (number === undefined || this.peers.size === 0) return Promise.resolve(own);
    return this.inquiries.ask(number, own, isPatient) as Promise<AnswerOf<K>[]>;
  }

  answer<K extends BusQuestionKind>(kind: K, answerer: Answerer<K>): () => void {
    return this.local.answer(kind, answerer);
  }

  watch(watcher: BusWatcher): () => void {
    return this.watchers.add(watcher);
  }

  private makeInterruptions(): NatsInterruptions {
    const { beaconMs, statementTimeoutMs } = this.options;
    return new NatsInterruptions({ togetherMs: beaconMs, statementTimeoutMs }, this.metrics.busInterruptions, () => {
      this.watchers.interrupted();
    });
  }

  private makeLink(): NatsLink {
    const { nats, identity, name, beaconMs } = this.options;
    const options = {
      prefix: `${nats.prefix}.${identity}`,
      connection: natsOptions(nats, name, beaconMs),
      patienceMs: beaconMs,
      messages: this.metrics.busMessages.of('out'),
      bytes: this.metrics.busBytes.of('out'),
    };
    return new NatsLink(options, {
      up: () => {
        void this.arrive();
      },
      down: () => {
        this.leave();
      },
      reach: () => this.reach(),
      late: () => {
        this.interruptions.add('late');
      },
      receive: (data) => {
        this.hearing.receive(data);
      },
      failed: this.options.onUnreachable,
    });
  }

  private makePeers(): NatsPeers {
    return new NatsPeers(this.options.beaconMs, this.speech, {
      joined: ({ id }) => {
        this.watchers.peerJoined(id);
      },
      gone: (peer, silentMs, isFarewell) => {
        this.partFrom(peer, silentMs, isFarewell);
      },
      returned: () => {
        void this.interrupt('peer_away');
      },
      missed: () => {
        void this.interrupt('beacon');
      },
      catchUp: () => this.link.roundTrip(),
    });
  }

  private makeInquiries(): NatsInquiries {
    const { answerMs } = this.options;
    return new NatsInquiries(this.peers, {
      answerMs,
      patienceMs: answerMs + PATIENCE_MS,
      raise: (kind) => this.speech.say([EVERY_BUS], kind, () => ''),
      onLate: ({ size }) => {
        this.metrics.busAnswersLate.add(size);
      },
      mayAnswer: (server) => this.link.isListenedTo(busSubject(server), PATIENCE_MS),
    });
  }

  private makeNodes(): NatsReach {
    const { answerMs, beaconMs } = this.options;
    const parts = {
      servers: this.peers,
      probe: (timeoutMs: number) => this.inquiries.probe(timeoutMs),
      late: () => {
        this.interruptions.add('late');
      },
    };
    return new NatsReach({ soonMs: answerMs, lateMs: LATE_BEACONS * beaconMs }, parts);
  }

  private makeHearing(): NatsHearing {
    const { local, others: peers, inquiries, speech, onError } = this;
    const onLoss = (): void => {
      this.interruptions.add('piece');
    };
    return new NatsHearing(this.serverId, { local, peers, inquiries, speech, onLoss, onError }, this.metrics);
  }

  private nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      const end = this.watchers.add({
        interrupted: () => {
          end();
          resolve();
        },
      });
    });
  }

  private async arrive(): Promise<void> {
    this.others.arrive();
    await this.reach();
    if (this.isConnected) this.interruptions.return();
  }

  /** Two that say hello at the same time to different NATS servers may both be too early to hear it. */
  private async meet(): Promise<void> {
    await wait(GREETING_MS);
    if (!this.link.isClustered) return;
    this.others.greet();
    await wait(GREETING_MS);
  }

  /** Where NATS is one server, it is reached with the connection. */
  private async reach(): Promise<void> {
    if (this.link.isClustered) await this.nodes.all();
  }

  /** What others publish from then on comes. */
  private async interrupt(reason: Interruption): Promise<void> {
    await this.reach();
    this.interruptions.add(reason);
  }

  private leave(): void {
    // What was on its way may not have come.
    this.speech.hasMissed = true;
    this.inquiries.end();
    this.interruptions.leave();
    this.watchers.away();
  }

  private partFrom(peer: Peer, silentMs: number, isFarewell: boolean): void {
    this.inquiries.leaveOut(peer.id);
    this.watchers.peerGone(peer.id, { lastHeardAt: this.clock.now() - Math.round(silentMs), isFarewell });
    if (!isFarewell) this.interruptions.addDeath();
  }

  /** It has come back when NATS has had it, and this server has heard all that NATS had for it until then. */
  private async publishByNats(subjects: readonly string[], message: BusMessage): Promise<void> {
    if (await this.link.roundTrip()) this.local.publish(subjects, message);
  }
}
