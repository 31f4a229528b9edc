/** As a socket that listens to both kinds of addresses shows an IPv4 one. */
const MAPPED_IPV4 = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The address at the other end, which may be a proxy's; '' where the socket is gone already. */
export function clientAddress({ remoteAddress = '' }: { readonly remoteAddress?: string }): string {
  return remoteAddress.replace(MAPPED_IPV4, '');
}
