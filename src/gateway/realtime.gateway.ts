import { WebSocketGateway } from '@nestjs/websockets';

import { DialectGateway } from './dialect.gateway.js';
import type { GatewayOptions } from './gateway-options.js';

/** Where *realtime* is spoken unless the client offers something else. */
@WebSocketGateway<GatewayOptions>({ path: '/ws', dialect: 'realtime' })
export class RealtimeGateway extends DialectGateway {}
