import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';

import type { Caller } from '../../domain/caller.js';
import type { BinaryAnswer, BinaryRequest } from '../../domain/payloads.js';
import { type BinaryPayload, binaryPayload } from '../../domain/topics.js';
import { BinaryRouter } from './binary-router.js';
import { FileTransfer } from './file-transfer.js';
import { FrameHandover } from './frame-handover.js';
import type { Delivered, Frame } from './frame.js';
import type { Route } from './route.js';

const NOTHING = Buffer.alloc(0);
const EMPTY: BinaryPayload = { payload: NOTHING, body: NOTHING };

/** Takes binary frames: hands them to whom they are for, and keeps those that are files. */
@Injectable()
export class BinaryService {
  constructor(
    private readonly router: BinaryRouter,
    private readonly handover: FrameHandover,
    private readonly transfer: FileTransfer,
  ) {}

  /** Whatever is well-formed is answered, also where it reaches nobody. */
  take(caller: Caller, request: BinaryRequest): Promise<BinaryAnswer> {
    const { kind, topic = '', targetUser } = request;
    // No topic holds a space: what the same frame id did there is something else.
    const target = targetUser === undefined ? topic : `user ${targetUser}`;
    return caller.once(`${kind} ${target}`, () => this.takeOnce(caller, request));
  }

  private async takeOnce(caller: Caller, request: BinaryRequest): Promise<BinaryAnswer> {
    const { kind } = request;
    const frame: Frame = { request, ...(request[binaryPayload] ?? EMPTY) };
    const found = this.router.routeOf(caller.principal, request);
    const route = found instanceof Promise ? await found : found;
    const delivered = await this.deliver(caller, frame, route);
    const checksum = `sha256:${createHash('sha256').update(frame.payload).digest('hex')}`;
    return { kind, size: frame.payload.length, checksum, ...delivered };
  }

  private deliver(caller: Caller, frame: Frame, route: Route): Promise<Delivered> {
    if (frame.request.kind === 'file_transfer') return this.transfer.send(caller, frame, route);
    return this.handover.hand(caller, frame, route);
  }
}
