import { Injectable } from '@nestjs/common';

import type { Caller } from '../../domain/caller.js';
import { Clock } from '../../domain/clock.js';
import { type BinaryKind, type BinaryKindByte, Distribution, type HandedTo } from '../../domain/topics.js';
import type { Delivered, Frame } from './frame.js';
import { MessageIds } from '../chats/message-ids.js';
import type { Route } from './route.js';

const KIND_BYTES = {
  broadcast: 1,
  direct_message: 2,
  file_transfer: 3,
  stream_data: 4,
} as const satisfies Record<BinaryKind, BinaryKindByte>;

/** What a frame is handed over as. */
interface Passing {
  readonly route: Route;
  readonly messageId: string;
  /** Goes out in the routing line too. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Hands frames to connected clients, as the frames that they were. */
@Injectable()
export class FrameHandover {
  constructor(
    private readonly distribution: Distribution,
    private readonly ids: MessageIds,
    private readonly clock: Clock,
  ) {}

  /** For frames that nobody keeps. Those who are connected here have it within the call, and the next frame may follow. */
  async hand(caller: Caller, frame: Frame, route: Route): Promise<Delivered> {
    if (route.to === 'nobody') return { recipients: 0 };
    const messageId = this.ids.next(route.to === 'user' ? 'dm' : 'broadcast');
    const handed = this.pass(caller.principal.userId, frame, { route, messageId });
    caller.placed();
    const { length: recipients } = await handed;
    return { recipients, messageId, queued: route.to === 'user' && recipients === 0 ? false : undefined };
  }

  /** The same under an id that the message has already. @returns one for each connection that it was handed to: of a topic its user */
  async pass(sender: string, frame: Frame, { route, messageId: id, more }: Passing): Promise<readonly string[]> {
    const to = handedTo(route);
    if (!to) return [];
    const { request, line, body } = frame;
    const content = { kind: 'binary', kindByte: KIND_BYTES[request.kind], line: { ...line, ...more }, body } as const;
    return this.distribution.hand({ id, sender, at: this.clock.now(), to, content });
  }
}

function handedTo(route: Route): HandedTo | undefined {
  switch (route.to) {
    case 'user':
      return { userId: route.userId };
    case 'topic':
      return { topic: route.topic };
    case 'chat':
      return { topic: route.topic, chat: route.chat };
    case 'nobody':
    case 'unused':
      return undefined;
  }
}
