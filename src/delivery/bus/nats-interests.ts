import type { Msg, MsgCallback, NatsConnection, Subscription as NatsSubscription } from '@nats-io/transport-node';

interface Interest {
  count: number;
  subscription?: NatsSubscription;
  /** Settles once all NATS servers know of it. */
  ready: Promise<void>;
}

export interface InterestsOptions {
  /** Before all subjects. */
  readonly prefix: string;
  /** How long a subscription waits for NATS to know of it. */
  readonly patienceMs: number;
}

export interface InterestsEvents {
  receive(data: Uint8Array): void;
  /** Resolves once NATS has had all that was said before. @returns false: there is no connection, or it was lost */
  roundTrip(): Promise<boolean>;
  /** Settles once NATS servers beside the nearest know of all that is subscribed; it doesn't wait long, and makes good for it. */
  reach(): Promise<void>;
  /** Subscriptions wait no longer, and NATS has come to know of them after all: what was said meanwhile has not come. */
  late(): void;
}

/** What this server wants to hear over NATS, counted. It outlasts connections. */
export class NatsInterests {
  private readonly interests = new Map<string, Interest>();
  private connection?: NatsConnection;
  /** Of all that were subscribed in this tick. */
  private settling?: Promise<void>;

  constructor(
    private readonly options: InterestsOptions,
    private readonly events: InterestsEvents,
  ) {}

  /**
   * @returns settles once NATS knows of it; without a connection, and with one that is stalled, it doesn't wait: `up` or `late` is to come,
   * and what others say until then is not counted on
   */
  add(subject: string): Promise<void> {
    const known = this.interests.get(subject);
    if (known) {
      known.count += 1;
      return known.ready;
    }
    const interest: Interest = { count: 1, subscription: this.subscribe(subject), ready: this.settled() };
    this.interests.set(subject, interest);
    return interest.ready;
  }

  remove(subject: string): void {
    const interest = this.interests.get(subject);
    if (!interest || --interest.count > 0) return;
    interest.subscription?.unsubscribe();
    this.interests.delete(subject);
  }

  attach(connection: NatsConnection): void {
    this.connection = connection;
    for (const [subject, interest] of this.interests) interest.subscription = this.subscribe(subject);
  }

  detach(): void {
    this.connection = undefined;
    for (const interest of this.interests.values()) interest.subscription = undefined;
  }

  private subscribe(subject: string): NatsSubscription | undefined {
    if (!this.connection || this.connection.isClosed()) return undefined;
    return this.connection.subscribe(`${this.options.prefix}.${subject}`, { callback: this.hear });
  }

  private readonly hear: MsgCallback<Msg> = (error, { data }) => {
    if (!error) this.events.receive(data);
  };

  private settled(): Promise<void> {
    this.settling ??= this.settle();
    return this.settling;
  }

  private async settle(): Promise<void> {
    // Whoever subscribes in this tick too has subscribed by then.
    await Promise.resolve();
    this.settling = undefined;
    await Promise.all([this.known(), this.events.reach()]);
  }

  /** The nearest NATS server knows of all that is subscribed, or it has been waited for long enough. */
  private known(): Promise<void> {
    return new Promise((resolve) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        resolve();
      }, this.options.patienceMs);
      void this.events.roundTrip().then((isThrough) => {
        clearTimeout(timer);
        resolve();
        if (isLate && isThrough) this.events.late();
      });
    });
  }
}
