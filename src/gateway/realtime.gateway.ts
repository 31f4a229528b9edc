import { WebSocketGateway } from '@nestjs/websockets';

import { DialectGateway } from './dialect.gateway.js';
import type { GatewayOptions } from './gateway-options.js';

/** Where *realtime* is spoken unless the client offers something else, or says it by its first frame. */
@WebSocketGateway<GatewayOptions>({ path: '/ws', dialect: 'realtime', isDialectOpen: true })
export class RealtimeGateway extends DialectGateway {}
