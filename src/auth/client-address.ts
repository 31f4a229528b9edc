import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import { all, compile } from 'proxy-addr';

/** As a socket that listens to both kinds of addresses shows an IPv4 one. */
const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;
/** Of a link-local address: on which of the machine's networks, which says nothing elsewhere. */
const ZONE = /%.*$/;

/** Whether `X-Forwarded-For` is believed of whoever has this address. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** @param proxies addresses and networks */
export function trustIn(proxies: readonly string[]): ProxyTrust {
  return proxies.length === 0 ? () => false : compile([...proxies]);
}

/**
 * Where a request comes from: the other end's address. Where that is a proxy that is believed it is the last one that the proxy
 * names, and so on; what clients have written before that is never looked at.
 *
 * @returns '' where the socket is gone already
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>, trusts: ProxyTrust): string {
  if (request.socket.remoteAddress === undefined) return '';
  // From the nearest on; the first that is not believed is the last. What is no address is nobody's: whoever said it stands for it.
  const addresses = all(request as IncomingMessage, trusts).filter((address) => isIP(address) !== 0);
  const shown = (addresses.at(-1) ?? '').replace(ZONE, '').replace(MAPPED_IPV4, '');
  // A string of its own: as a part of the header it would keep all of that as long as the connection lives.
  return Buffer.from(shown, 'latin1').toString('latin1');
}
