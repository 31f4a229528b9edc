import { Peer } from './nats-peer.js';
import type { NatsSpeech } from './nats-speech.js';
import { busSubject, EVERY_BUS, type Word } from './nats-words.js';

export interface PeerEvents {
  joined(peer: Peer): void;
  /** @param silentMs for how long it has not been heard */
  gone(peer: Peer, silentMs: number, isFarewell: boolean): void;
  /** What the peer published while it was away, or could not be heard, is lost. */
  returned(peer: Peer): void;
  /** Something that the peer published is lost, though it was here all the time. */
  missed(peer: Peer): void;
  /** Resolves when all that others have said is heard. @returns false: nobody can be heard */
  catchUp(): Promise<boolean>;
}

/** Silent for so many beacons, a server counts as gone. */
const SILENT_BEACONS = 4;

/** So many that fell silent are remembered, to know one that is heard again. Those of longer ago have died. */
const MAX_LOST = 1_000;

/**
 * The other servers that are alive: whoever is heard is there, until it says farewell or is silent for too long. And what servers say of
 * themselves to that end, this one too.
 */
export class NatsPeers {
  readonly ids: ReadonlySet<string>;
  private readonly known = new Set<string>();
  private readonly peers = new Map<string, Peer>();
  /** Gone without farewell: where one is heard again, it was not it that was gone but what is in between. */
  private readonly lost = new Set<string>();
  private beacons = 0;
  private timer?: NodeJS.Timeout;
  private isJudging = false;

  constructor(
    private readonly beaconMs: number,
    private readonly speech: Pick<NatsSpeech, 'sayWord' | 'hasMissed'>,
    private readonly events: PeerEvents,
  ) {
    this.ids = this.known;
  }

  start(): void {
    this.timer = setInterval(() => {
      this.sayBeacon();
      void this.judge();
    }, this.beaconMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.speech.sayWord(EVERY_BUS, { say: 'farewell' });
  }

  /** This server begins to hear. Nobody could be heard until now: all have their time again. */
  arrive(): void {
    for (const peer of this.peers.values()) peer.beginAnew();
    // Never said: who does not hear the hello, as its NATS server is not in touch with ours yet, misses this one.
    this.beacons += 1;
    this.greet();
  }

  greet(): void {
    const { beacons, speech } = this;
    const isSaid = speech.sayWord(EVERY_BUS, { say: 'hello', hasMissed: speech.hasMissed, beacons });
    if (isSaid) speech.hasMissed = false;
  }

  get(id: string): Peer {
    return this.peers.get(id) ?? this.join(id);
  }

  take(peer: Peer, word: Word): void {
    switch (word.say) {
      case 'here':
        peer.beginAnew(word.beacons);
        return;
      case 'beacon':
        if (!peer.hearBeacon(word.nth)) this.events.missed(peer);
        return;
      case 'hello':
        peer.beginAnew(word.beacons);
        this.speech.sayWord(busSubject(peer.id), { say: 'here', beacons: this.beacons });
        if (word.hasMissed) this.events.returned(peer);
        return;
      case 'farewell':
        this.part(peer, true);
    }
  }

  private sayBeacon(): void {
    if (this.speech.sayWord(EVERY_BUS, { say: 'beacon', nth: this.beacons + 1 })) this.beacons += 1;
  }

  /** What a silent server has said may wait in the socket, where it is this server that was busy; or no one is heard at all. */
  private async judge(): Promise<void> {
    if (this.isJudging || this.silent().length === 0) return;
    this.isJudging = true;
    const isCaughtUp = await this.events.catchUp();
    this.isJudging = false;
    if (isCaughtUp) for (const peer of this.silent()) this.part(peer, false);
  }

  private lose(id: string): void {
    const [longestLost] = this.lost;
    if (longestLost !== undefined && this.lost.size >= MAX_LOST) this.lost.delete(longestLost);
    this.lost.add(id);
  }

  private part(peer: Peer, isFarewell: boolean): void {
    this.peers.delete(peer.id);
    this.known.delete(peer.id);
    if (!isFarewell) this.lose(peer.id);
    this.events.gone(peer, performance.now() - peer.heardAt, isFarewell);
  }

  private silent(): Peer[] {
    const since = performance.now() - SILENT_BEACONS * this.beaconMs;
    return [...this.peers.values()].filter(({ heardAt }) => heardAt < since);
  }

  private join(id: string): Peer {
    const peer = new Peer(id, performance.now());
    this.peers.set(id, peer);
    this.known.add(id);
    this.events.joined(peer);
    if (this.lost.delete(id)) this.events.returned(peer);
    return peer;
  }
}
