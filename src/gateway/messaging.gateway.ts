import { WebSocketGateway } from '@nestjs/websockets';

import { DialectGateway } from './dialect.gateway.js';
import type { GatewayOptions } from './gateway-options.js';

/** Where *messaging* is spoken unless the client offers something else. */
@WebSocketGateway<GatewayOptions>({ path: '/messaging', dialect: 'messaging' })
export class MessagingGateway extends DialectGateway {}
