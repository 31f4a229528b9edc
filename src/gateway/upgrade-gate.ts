import type { IncomingMessage } from 'node:http';

import { Injectable } from '@nestjs/common';

import { Authenticator } from '../auth/authenticator.js';
import { offeredSubprotocols } from '../auth/token-source.js';
import { Config } from '../config/config.js';
import { Hub } from '../delivery/hub.js';
import type { Dialect } from '../dialects/dialect.js';
import { BadRequestError, ForbiddenError, NotFoundError, UnavailableError } from '../domain/errors.js';
import { isStorableText } from '../domain/ids.js';
import type { Admission } from './admission.js';
import { Connections } from './connections.js';
import { DialectRegistry } from './dialect-registry.js';
import { Drain } from './drain.js';
import { isOriginAllowed } from './origin.js';

/** What a client that was refused for want of room is asked to wait. */
const RETRY_AFTER_MS = 5_000;

const MAX_DEVICE_LENGTH = 128;

/** Decides who gets a WebSocket, before there is one. */
@Injectable()
export class UpgradeGate {
  constructor(
    private readonly config: Config,
    private readonly authenticator: Authenticator,
    private readonly dialects: DialectRegistry,
    private readonly connections: Connections,
    private readonly drain: Drain,
    private readonly hub: Hub,
  ) {}

  /**
   * @param defaultDialects paths, each with the name of the dialect that is spoken where the client offers none
   * @throws ParlanceError for the first that fails: room 503, path 404, origin 403, token 401, device 400
   */
  async admit(request: IncomingMessage, defaultDialects: ReadonlyMap<string, string>): Promise<Admission> {
    this.checkRoom();
    const { path, query } = splitUrl(request.url ?? '/');
    const dialect = this.dialectFor(request, defaultDialects.get(path));
    if (!isOriginAllowed(request.headers, this.config.server)) throw new ForbiddenError('this origin may not connect');
    const principal = await this.authenticator.authenticate(request);
    const device = principal.device ?? deviceOf(query);
    const { userId, name: userName } = principal;
    const deviceId = await this.hub.introduce({ userId, userName, dialect: dialect.name, device: device ?? '' });
    // Once more: meanwhile others may have come in or the server begun to go away.
    this.checkRoom();
    return {
      principal: { ...principal, device },
      dialect,
      device: device ?? '',
      deviceId,
      ackResponses: query.get('ackResponses') !== 'false',
    };
  }

  private checkRoom(): void {
    if (this.drain.started) throw new UnavailableError('the server is going away', { retryAfterMs: 1_000 });
    if (this.connections.size < this.config.server.maxConnections) return;
    throw new UnavailableError('the server has no room for another connection', { retryAfterMs: RETRY_AFTER_MS });
  }

  private dialectFor(request: IncomingMessage, defaultName: string | undefined): Dialect {
    if (defaultName === undefined) throw new NotFoundError('there is nothing at this path');
    const dialect = this.dialects.firstOffered(offeredSubprotocols(request)) ?? this.dialects.byName(defaultName);
    if (!dialect) throw new NotFoundError(`${defaultName} is not spoken here; offer another subprotocol`);
    return dialect;
  }
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const start = url.indexOf('?');
  if (start === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, start), query: new URLSearchParams(url.slice(start)) };
}

/** @throws BadRequestError there is one and it cannot be a name: silently unnamed, it would share another's events */
function deviceOf(query: URLSearchParams): string | undefined {
  const device = query.get('device');
  if (device === null) return undefined;
  if (device !== '' && device.length <= MAX_DEVICE_LENGTH && isStorableText(device)) return device;
  throw BadRequestError.at('device', `device must have 1 to ${MAX_DEVICE_LENGTH} characters`);
}
