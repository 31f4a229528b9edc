import type { Socket } from 'node:net';

import { Injectable } from '@nestjs/common';
import type { OnGatewayConnection } from '@nestjs/websockets';

import type { Admission } from './admission.js';
import type { ClientSocket } from './client-socket.js';
import { Connections } from './connections.js';

/** What the gateways have in common: a path is a place to come in, and all connections are of one kind. */
@Injectable()
export abstract class DialectGateway implements OnGatewayConnection<ClientSocket> {
  constructor(private readonly connections: Connections) {}

  handleConnection(socket: ClientSocket, stream: Socket, admission: Admission): void {
    this.connections.open(socket, stream, admission);
  }
}
