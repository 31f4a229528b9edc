import type { Counter, Metrics } from '../../domain/metrics.js';
import type { BusMessage } from './bus.js';
import type { LocalBus } from './local-bus.js';
import { questionIn } from './nats-bodies.js';
import { type Frame, frameIn } from './nats-frame.js';
import type { NatsInquiries } from './nats-inquiries.js';
import type { Answers } from './nats-inquiry.js';
import type { Peer } from './nats-peer.js';
import type { NatsPeers } from './nats-peers.js';
import type { NatsSpeech } from './nats-speech.js';
import { busSubject, type Word } from './nats-words.js';

/** Whom it concerns. */
export interface HearingParts {
  readonly local: LocalBus;
  readonly peers: NatsPeers;
  readonly inquiries: NatsInquiries;
  readonly speech: NatsSpeech;
  /** Something that a server said in pieces has not come whole. */
  readonly onLoss: () => void;
  readonly onError: (error: unknown) => void;
}

/** All that other servers say, each frame once, handed to whom it concerns; what answers it is said at once. */
export class NatsHearing {
  private readonly messages: Counter;
  private readonly bytes: Counter;

  constructor(
    private readonly serverId: string,
    private readonly parts: HearingParts,
    metrics: Metrics,
  ) {
    this.messages = metrics.busMessages.of('in');
    this.bytes = metrics.busBytes.of('in');
  }

  /** Never throws. */
  receive(data: Uint8Array): void {
    this.messages.add();
    this.bytes.add(data.length);
    try {
      const frame = frameIn(data);
      if (!frame || frame.from === this.serverId) return;
      const peer = this.parts.peers.get(frame.from);
      if (peer.hear(frame.number)) this.take(peer, frame);
    } catch (error) {
      this.parts.onError(error);
    }
  }

  private take(peer: Peer, { kind, number, body }: Frame): void {
    switch (kind) {
      case 'message':
        this.parts.local.deliver(JSON.parse(body.toString()) as BusMessage);
        return;
      case 'question':
        this.takeQuestion(peer, number, body);
        return;
      case 'barrier':
        this.takeBarrier(peer, number);
        return;
      case 'probe':
        this.answerTo(peer, number, []);
        return;
      case 'answers':
        this.parts.inquiries.take(peer.id, JSON.parse(body.toString()) as Answers);
        return;
      case 'word':
        this.parts.peers.take(peer, JSON.parse(body.toString()) as Word);
        return;
      case 'piece':
        this.takePiece(peer, body);
    }
  }

  /** The answer travels in the reply to the barrier behind it. */
  private takeQuestion(peer: Peer, number: number, body: Buffer): void {
    const { kind, question } = questionIn(body);
    for (const answer of this.parts.local.answersTo(kind, question)) peer.answers.push([number, answer]);
  }

  private takeBarrier(peer: Peer, barrier: number): void {
    const { answers } = peer;
    peer.answers = [];
    this.answerTo(peer, barrier, answers);
  }

  private answerTo(peer: Peer, barrier: number, answers: Answers['answers']): void {
    this.parts.speech.say([busSubject(peer.id)], 'answers', () => JSON.stringify({ barrier, answers }));
  }

  private takePiece(peer: Peer, piece: Buffer): void {
    const whole = peer.pieces.add(piece);
    if (whole === 'lost') this.parts.onLoss();
    const frame = whole instanceof Buffer ? frameIn(whole) : undefined;
    if (frame) this.take(peer, frame);
  }
}
