import { WebSocketGateway } from '@nestjs/websockets';

import { DialectGateway } from './dialect.gateway.js';
import type { GatewayOptions } from './gateway-options.js';

/** Where *concord* is spoken unless the client offers something else. */
@WebSocketGateway<GatewayOptions>({ path: '/client', dialect: 'concord' })
export class ConcordGateway extends DialectGateway {}
