import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsConfig } from './config/config.js';
import type { Variable } from './config/env.js';
import { errorText } from './domain/error-text.js';

/** What `https` takes: a chain and its key in PEM that belong together, and what we ask of clients. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
}

/** The message names the variable, and never what stands in the file. */
export class PemFileError extends Error {
  override readonly name = 'PemFileError';
}

type Variables = readonly [cert: Variable, key: Variable];

/**
 * @param names the variables that name the files
 * @throws PemFileError what the files hold is no certificate with its key; they may be about to be replaced
 */
export async function readTlsPair(
  { certFile, keyFile }: TlsConfig,
  [ofCert, ofKey]: Variables = ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
): Promise<TlsPair> {
  const cert = await read(ofCert, certFile);
  const key = await read(ofKey, keyFile);
  const certificate = parse(ofCert, certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse<KeyObject>(ofKey, keyFile, 'private key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new PemFileError(`${ofKey}: ${keyFile} is not the key of the certificate in ${ofCert} (${certFile}).`);
  }
  const pair = { cert, key, minVersion: 'TLSv1.2' } as const;
  // The rest of the chain, and what OpenSSL finds too weak.
  parse(ofCert, certFile, 'certificate chain', () => createSecureContext(pair));
  return pair;
}

/** @throws PemFileError the file holds no certificates */
export async function checkAuthorities(variable: Variable, file: string): Promise<void> {
  const ca = await read(variable, file);
  parse(variable, file, 'certificate', () => new X509Certificate(ca));
}

/** @throws PemFileError the file holds nothing that says to NATS who connects */
export async function checkCredentials(variable: Variable, file: string): Promise<void> {
  const credentials = await read(variable, file);
  if (/BEGIN NATS USER JWT[^]*BEGIN USER NKEY SEED/.test(credentials)) return;
  throw new PemFileError(`${variable}: ${file} holds no credentials of NATS (a user's JWT and the seed of its key).`);
}

async function read(variable: Variable, file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    throw new PemFileError(`${variable}: ${file} cannot be read: ${errorText(error)}`, { cause: error });
  }
}

function parse<T>(variable: Variable, file: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new PemFileError(`${variable}: ${file} holds no ${what} in PEM that can be used: ${errorText(error)}`, {
      cause: error,
    });
  }
}
