import type { NatsConfig } from './config/config.js';
import { checkAuthorities, checkCredentials, readTlsPair } from './tls-pair.js';

/**
 * The bus reads these files at each connect, and goes on trying where they are bad for a moment. At the start they are to be good, so that
 * whoever mistyped a name is told.
 *
 * @throws PemFileError which of them is not, by its variable
 */
export async function checkNatsFiles({ credsFile, tls }: NatsConfig): Promise<void> {
  if (credsFile !== undefined) await checkCredentials('NATS_CREDS_FILE', credsFile);
  const { caFile, certFile, keyFile } = tls ?? {};
  if (caFile !== undefined) await checkAuthorities('NATS_CA_FILE', caFile);
  if (certFile === undefined || keyFile === undefined) return;
  await readTlsPair({ certFile, keyFile }, ['NATS_CERT_FILE', 'NATS_KEY_FILE']);
}
