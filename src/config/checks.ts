import { createPublicKey } from 'node:crypto';
import { isIP } from 'node:net';

/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2_048;

/** Each check takes the text of a variable and returns what to keep; its error completes the sentence "<name> …". */

export function postgresUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  // The text stays out of the message: it holds a password.
  if (!['postgres:', 'postgresql:'].includes(protocol)) throw new Error('must be a postgresql:// address');
  return text;
}

export function httpUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (!['http:', 'https:'].includes(protocol)) throw new Error('must be an http:// or https:// address');
  return text;
}

export function natsUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  // The text stays out of the message: it may hold a password.
  if (!['nats:', 'tls:'].includes(protocol)) throw new Error('must be a nats:// or tls:// address');
  return text;
}

/** What a subject may begin with: segments joined by dots, without wildcards. */
export function subjectPrefix(text: string): string {
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(text))
    throw new Error(`must be segments joined by dots, not "${text}"`);
  return text;
}

/** A comma-separated list of addresses and networks: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`. */
export function networks(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const listed = parts.filter((part) => part !== '');
  for (const network of listed) {
    if (!isNetwork(network)) throw new Error(`must list addresses and networks such as 10.0.0.0/8, not "${network}"`);
  }
  return listed;
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  if (length === undefined) return true;
  // 0 would be everybody.
  return /^[1-9]\d{0,2}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

/** A comma-separated list of STUN and TURN addresses (RFC 7064, RFC 7065). */
export function iceUrls(text: string): readonly string[] {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const url of urls) {
    if (!/^(stuns?|turns?):[^\s?]+(\?transport=(udp|tcp))?$/.test(url)) {
      throw new Error(`must list addresses such as turn:turn.example.com:3478, not "${url}"`);
    }
  }
  return urls;
}

/** A comma-separated list, each as a browser would send it: lower case, without a default port or path. */
export function origins(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(origin);
}

function origin(text: string): string {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) {
    throw new Error(`must list origins such as https://app.example.com, not "${text}"`);
  }
  const { origin: serialized } = new URL(text);
  // Schemes of packaged apps (app://shell) have no origin of their own in the URL standard.
  return serialized === 'null' ? text.toLowerCase().replace(/\/$/, '') : serialized;
}

/** PEM of an RSA key or one on P-256; line breaks may be written as `\n`, for hosts that only pass single lines. */
export function publicKeyPem(text: string): string {
  const pem = text.replaceAll('\\n', '\n');
  if (pem.includes('PRIVATE KEY')) throw new Error('is a private key: give the server only the public one');
  const key = parsePublicKey(pem);
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const isRsa = key.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= MIN_RSA_BITS;
  const isP256 = key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  if (!isRsa && !isP256) throw new Error(`must be an RSA key of at least ${MIN_RSA_BITS} bits or an EC key on P-256`);
  return pem;
}

function parsePublicKey(pem: string): ReturnType<typeof createPublicKey> {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new Error('is not a public key in PEM', { cause: error });
  }
}
