import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { clientAddress, trustIn } from './client-address.js';

const PROXIES = ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'];

function addressOf(remoteAddress: string | undefined, forwardedFor?: string, proxies = PROXIES): string {
  const headers: IncomingHttpHeaders = { 'x-forwarded-for': forwardedFor, 'x-real-ip': '8.8.8.8' };
  const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
  return clientAddress(request, trustIn(proxies));
}

describe('clientAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::ffff:0:0', '::ffff:0:0'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::ffff:192.0.2.1', '2001:db8::ffff:192.0.2.1'],
  ])('shows %s as %s', (remoteAddress, shown) => {
    expect(addressOf(remoteAddress)).toBe(shown);
  });

  it('is nothing where the socket is gone', () => {
    expect(addressOf(undefined, '203.0.113.1')).toBe('');
  });

  it('believes nobody where no proxy is named', () => {
    expect(addressOf('10.0.0.1', '203.0.113.1', [])).toBe('10.0.0.1');
  });

  it.each<[string, string, string, string]>([
    ['whoever is no proxy of ours', '198.51.100.1', '203.0.113.1', '198.51.100.1'],
    ['one proxy', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['one proxy, seen as IPv6', '::ffff:10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['a single address that is believed', '192.0.2.7', '203.0.113.1', '203.0.113.1'],
    ['its neighbour, which is not', '192.0.2.8', '203.0.113.1', '192.0.2.8'],
    ['two proxies', '10.0.0.1', '203.0.113.1, 10.2.3.4', '203.0.113.1'],
    ['two proxies without spaces', '10.0.0.1', '203.0.113.1,10.2.3.4', '203.0.113.1'],
    ['a proxy that a client pretends to have passed', '10.0.0.1', '10.9.9.9, 203.0.113.1', '203.0.113.1'],
    ['an address that a client made up', '10.0.0.1', '127.0.0.1, 203.0.113.1', '203.0.113.1'],
    ['proxies only: the furthest', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a proxy of IPv6', 'fd00::1', '2001:db8::5', '2001:db8::5'],
    ['a mapped address in the header', '10.0.0.1', '::ffff:203.0.113.1', '203.0.113.1'],
    ['a mapped proxy in the header', '10.0.0.1', '203.0.113.1, ::ffff:10.0.0.2', '203.0.113.1'],
  ])('of %s is the last that is not believed', (_what, remoteAddress, forwardedFor, expected) => {
    expect(addressOf(remoteAddress, forwardedFor)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    ',',
    ',,,',
    'unknown',
    '203.0.113.1, nonsense',
    '203.0.113.1:4711',
    '<script>',
    'x'.repeat(16_000),
  ])('stays with the proxy where its header ends in no address: %.20j', (forwardedFor) => {
    expect(addressOf('10.0.0.1', forwardedFor)).toBe('10.0.0.1');
  });
});
