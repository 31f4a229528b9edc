import { readFileSync } from 'node:fs';

import { type Authenticator, type ConnectionOptions, credsAuthenticator } from '@nats-io/transport-node';
import type { NatsConfig } from '../../config/config.js';

/** How long one attempt to connect may take. */
const CONNECT_MS = 5_000;

/** Between attempts: soon, but not all servers at once. */
const BETWEEN_MS = { min: 50, max: 500 } as const;

/** Pings that may be unanswered, as beacons of a peer may: with the next one the connection counts as lost. */
const MAX_PINGS_OUT = 3;

/** @param pingMs how often the NATS server is asked whether it is there: else nobody would know of a connection that is cut in the middle */
export function natsOptions(config: NatsConfig, name: string, pingMs: number): ConnectionOptions {
  const { servers, user, password, token, credsFile, tls } = config;
  return {
    name,
    servers: [...servers],
    ...(user !== undefined && { user, pass: password }),
    ...(token !== undefined && { token }),
    ...(credsFile !== undefined && { authenticator: credentialsOf(credsFile) }),
    ...(tls && { tls }),
    // All that is said goes below the prefix: more may not be granted.
    inboxPrefix: `${config.prefix}.inbox`,
    // What this server tells itself takes no such way.
    noEcho: true,
    timeout: CONNECT_MS,
    pingInterval: pingMs,
    maxPingOut: MAX_PINGS_OUT,
    reconnect: false,
    noAsyncTraces: true,
  };
}

export function betweenAttemptsMs(): number {
  return BETWEEN_MS.min + Math.random() * (BETWEEN_MS.max - BETWEEN_MS.min);
}

/** Read again for each attempt, for they are changed from time to time. */
function credentialsOf(file: string): Authenticator {
  return (nonce) => credsAuthenticator(readFileSync(file))(nonce);
}
