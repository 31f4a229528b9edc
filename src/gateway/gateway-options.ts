import type { DialectName } from '../dialects/dialect.js';

/** What a gateway class says of itself: `@WebSocketGateway<GatewayOptions>({ … })`. */
export type GatewayOptions = Readonly<{
  path: string;
  /** Spoken here where the client offers no other. While the server does not know it, the path is 404 for the rest. */
  dialect: DialectName;
  /** A client that offers none may choose another one by its first frame. */
  isDialectOpen?: true;
}>;
