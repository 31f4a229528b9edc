import type { Socket } from 'node:net';

import { Injectable } from '@nestjs/common';

import { FramesOut } from '../domain/frames-out.js';
import type { Admission } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { Connection } from './connection.js';
import { type ConnectionServices, Surroundings } from './connection-services.js';
import { PositionPings } from './position-pings.js';
import { Undecided } from './undecided.js';
import { WriteTick } from './write-tick.js';

/** Every connection of this server, from the upgrade until its socket is gone. */
@Injectable()
export class Connections implements Iterable<Connection> {
  /** Of these the sweep takes care. */
  readonly pings = new PositionPings();
  readonly undecided = new Undecided();
  private readonly all = new Map<string, Connection>();
  private readonly services: ConnectionServices;
  private onEmpty: (() => void) | undefined;

  constructor(surroundings: Surroundings) {
    const { pings, undecided } = this;
    const gone = (connectionId: string): void => {
      this.remove(connectionId);
    };
    const framesOut = new FramesOut(surroundings.metrics.framesOut);
    const shared = { tick: new WriteTick(), pings, undecided, framesOut, gone };
    const { dispatcher, framesIn, metrics, hub, topicHub, clock, events, config } = surroundings;
    this.services = { dispatcher, framesIn, metrics, hub, topicHub, clock, events, config, ...shared };
  }

  get size(): number {
    return this.all.size;
  }

  /** In the order of opening. Connections may come and go while somebody iterates. */
  [Symbol.iterator](): MapIterator<Connection> {
    return this.all.values();
  }

  open(socket: ClientSocket, stream: Socket, admission: Admission): void {
    const connection = new Connection(socket, stream, admission, this.services);
    this.all.set(connection.connectionId, connection);
  }

  /** Resolves when the last one is gone. */
  async emptied(): Promise<void> {
    if (this.all.size === 0) return;
    await new Promise<void>((resolve) => {
      this.onEmpty = resolve;
    });
  }

  private remove(connectionId: string): void {
    this.all.delete(connectionId);
    if (this.all.size === 0) this.onEmpty?.();
  }
}
