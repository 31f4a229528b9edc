import type { IncomingMessage } from 'node:http';

import { Injectable } from '@nestjs/common';

import { Authenticator } from '../auth/authenticator.js';
import { clientAddress, type ProxyTrust, trustIn } from '../auth/client-address.js';
import { offeredSubprotocols } from '../auth/token-source.js';
import { Config } from '../config/config.js';
import type { Dialect } from '../dialects/dialect.js';
import { ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.js';
import type { Admission } from './admission.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import type { GatewayOptions } from './gateway-options.js';
import { isOriginAllowed } from './origin.js';
import { Reception } from './reception.js';

/** What a client that was refused for want of room is asked to wait. */
const RETRY_AFTER_MS = 5_000;

/** What a connection speaks, and what else its first frame may choose. */
type Speech = Pick<Admission, 'dialect' | 'others'>;

/** Decides who gets a WebSocket, before there is one. */
@Injectable()
export class UpgradeGate {
  private readonly trusts: ProxyTrust;

  constructor(
    private readonly config: Config,
    private readonly authenticator: Authenticator,
    private readonly dialects: DialectRegistry,
    private readonly connections: Connections,
    private readonly drain: Drain,
    private readonly reception: Reception,
  ) {
    this.trusts = trustIn(config.server.trustedProxies);
  }

  /**
   * @param gateways by their paths
   * @throws ParlanceError for the first that fails: room 503, path 404, origin 403, token 401, banned 403, device or session 400; where
   * a session is wanted and the database is away 503
   */
  async admit(request: IncomingMessage, gateways: ReadonlyMap<string, GatewayOptions>): Promise<Admission> {
    this.checkRoom();
    const { path, query } = splitUrl(request.url ?? '/');
    const speech = this.speechFor(request, gateways.get(path), query.get('extensions') === 'true');
    if (!isOriginAllowed(request.headers, this.config.server)) throw new ForbiddenError('this origin may not connect');
    // Now: later the client may be gone, and its address with it.
    const address = clientAddress(request, this.trusts);
    const principal = await this.authenticator.authenticate(request);
    const reserved = await this.reception.receive(principal, speech.dialect, query);
    // Once more: meanwhile others may have come in or the server begun to go away.
    this.checkRoom();
    const device = reserved.device === '' ? undefined : reserved.device;
    const ackResponses = query.get('ackResponses') !== 'false';
    return { principal: { ...principal, device }, address, ...speech, ...reserved, ackResponses };
  }

  private checkRoom(): void {
    if (this.drain.started) throw new UnavailableError('the server is going away', { retryAfterMs: 1_000 });
    if (this.connections.size < this.config.server.maxConnections) return;
    throw new UnavailableError('the server has no room for another connection', { retryAfterMs: RETRY_AFTER_MS });
  }

  private speechFor(request: IncomingMessage, gateway: GatewayOptions | undefined, isExtended: boolean): Speech {
    if (!gateway) throw new NotFoundError('there is nothing at this path');
    const inFull = (dialect: Dialect): Dialect => (isExtended ? (dialect.extended ?? dialect) : dialect);
    const offered = this.dialects.firstOffered(offeredSubprotocols(request));
    if (offered) return { dialect: inFull(offered) };
    const dialect = this.dialects.byName(gateway.dialect);
    if (!dialect) throw new NotFoundError(`${gateway.dialect} is not spoken here; offer another subprotocol`);
    if (!gateway.isDialectOpen) return { dialect: inFull(dialect) };
    return { dialect: inFull(dialect), others: this.dialects.allBut(dialect.name).map(inFull) };
  }
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const start = url.indexOf('?');
  if (start === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, start), query: new URLSearchParams(url.slice(start)) };
}
