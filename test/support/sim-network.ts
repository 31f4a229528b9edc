import type {
  BusMessage,
  BusQuestionKind,
  AnswerOf,
  BusWatcher,
  Parting,
  QuestionOf,
} from '../../src/delivery/bus/bus.js';
import { BusWatchers } from '../../src/delivery/bus/bus-watchers.js';
import { LocalBus } from '../../src/delivery/bus/local-bus.js';

interface Letter {
  readonly subjects: readonly string[];
  readonly text: string;
}

/** What one server has on its way to another, in order. */
interface Way {
  readonly from: SimBus;
  readonly to: SimBus;
  readonly letters: Letter[];
}

/** Servers in memory, between which a test brings messages: each publisher's in order, and those of several as it likes. */
export class SimNetwork {
  readonly buses = new Set<SimBus>();
  private ways: Way[] = [];

  /** Another server is there, and all know of each other. */
  join(name: string): SimBus {
    const bus = new SimBus(name, this);
    this.buses.add(bus);
    return bus;
  }

  /** Once it can hear. */
  introduce(bus: SimBus): void {
    for (const other of this.buses) {
      if (other === bus || !other.isConnected) continue;
      bus.meet(other.serverId);
      other.meet(bus.serverId);
    }
  }

  /** It is there no more; what it has said before may still come. */
  leave(bus: SimBus): void {
    this.buses.delete(bus);
    bus.isConnected = false;
    this.ways = this.ways.filter(({ to }) => to !== bus);
  }

  /** Nothing comes to it or from it any more, nor what is on its way. */
  cutOff(bus: SimBus): void {
    this.ways = this.ways.filter(({ from, to }) => from !== bus && to !== bus);
    bus.isConnected = false;
    bus.watchers.away();
  }

  bringBack(bus: SimBus): void {
    bus.isConnected = true;
    this.introduce(bus);
    bus.watchers.interrupted();
    for (const other of this.buses) if (other !== bus && other.isConnected) other.watchers.interrupted();
  }

  send(from: SimBus, letter: Letter): void {
    if (!from.isConnected) return;
    for (const to of this.buses) {
      if (to === from || !to.isConnected) continue;
      const way = this.wayOf(from, to);
      if (way) way.letters.push(letter);
      else this.ways.push({ from, to, letters: [letter] });
    }
  }

  /** The next message of one way. @returns whether there was any */
  bringOne(choose: (count: number) => number = () => 0): boolean {
    const full = this.ways.filter(({ letters }) => letters.length > 0);
    const way = full[choose(full.length)];
    const letter = way?.letters.shift();
    if (!way || !letter) return false;
    if (way.to.isInterestedIn(letter.subjects)) way.to.deliver(JSON.parse(letter.text) as BusMessage);
    return true;
  }

  /** Loses what the one would hear of the other next. */
  lose(from: SimBus, to: SimBus): void {
    this.wayOf(from, to)?.letters.shift();
  }

  /** Loses what the other has said last. */
  loseLast(from: SimBus, to: SimBus): void {
    this.wayOf(from, to)?.letters.pop();
  }

  private wayOf(from: SimBus, to: SimBus): Way | undefined {
    return this.ways.find((way) => way.from === from && way.to === to);
  }
}

export class SimBus extends LocalBus {
  override readonly serverId: LocalBus['serverId'];
  override readonly isLossless = false;
  override isConnected = true;
  override readonly peers = new Set<string>();
  readonly watchers = new BusWatchers(rethrow);

  constructor(
    name: string,
    private readonly network: SimNetwork,
  ) {
    super(rethrow);
    // Names that are in order show who is the first.
    this.serverId = name as LocalBus['serverId'];
  }

  override publish(subjects: readonly string[], message: BusMessage): void {
    super.publish(subjects, message);
    this.network.send(this, { subjects, text: JSON.stringify(message) });
  }

  override ask<K extends BusQuestionKind>(
    subjects: readonly string[],
    kind: K,
    question: QuestionOf<K>,
  ): Promise<readonly AnswerOf<K>[]> {
    const asked = [...this.network.buses].filter((bus) => bus === this || bus.isConnected);
    const interested = asked.filter((bus) => bus.isInterestedIn(subjects));
    return Promise.resolve(interested.flatMap((bus) => bus.answersTo(kind, question)));
  }

  override watch(watcher: BusWatcher = {}): () => void {
    return this.watchers.add(watcher);
  }

  meet(server: string): void {
    if (this.peers.has(server)) return;
    this.peers.add(server);
    this.watchers.peerJoined(server);
  }

  part(server: string, parting: Parting): void {
    if (this.peers.delete(server)) this.watchers.peerGone(server, parting);
  }
}

function rethrow(error: unknown): void {
  throw error;
}
