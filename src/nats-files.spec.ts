import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConfig } from './config/config.js';
import { checkNatsFiles } from './nats-files.js';

const FIXTURES = join(__dirname, '../test/fixtures/tls');
const certFile = join(FIXTURES, 'first.cert.pem');
const keyFile = join(FIXTURES, 'first.key.pem');
const nats: NatsConfig = { servers: ['nats://one'], prefix: 'parlance' };

describe('checkNatsFiles', () => {
  let folder: string;
  let junk: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), '.parlance-nats-files-'));
    junk = join(folder, 'junk');
    writeFileSync(junk, 'nothing of use');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('asks for no file that nobody names', async () => {
    await checkNatsFiles(nats);
    await checkNatsFiles({ ...nats, tls: {} });
  });

  it('takes a certificate with its key, and who has signed others', async () => {
    await checkNatsFiles({ ...nats, tls: { caFile: certFile, certFile, keyFile } });
  });

  it('takes credentials as NATS makes them', async () => {
    const credsFile = join(folder, 'creds');
    writeFileSync(credsFile, '-----BEGIN NATS USER JWT-----\ne30\n-----BEGIN USER NKEY SEED-----\nSU\n');
    await checkNatsFiles({ ...nats, credsFile });
  });

  it.each<[string, (file: string) => Partial<NatsConfig>]>([
    ['NATS_CREDS_FILE', (credsFile) => ({ credsFile })],
    ['NATS_CA_FILE', (caFile) => ({ tls: { caFile } })],
    ['NATS_CERT_FILE', (file) => ({ tls: { certFile: file, keyFile } })],
    ['NATS_KEY_FILE', (file) => ({ tls: { certFile, keyFile: file } })],
  ])('refuses what is no such file, and names %s', async (variable, of) => {
    await expect(checkNatsFiles({ ...nats, ...of(junk) })).rejects.toThrow(`${variable}: ${junk}`);
    const missing = join(folder, 'missing');
    await expect(checkNatsFiles({ ...nats, ...of(missing) })).rejects.toThrow(`${variable}: ${missing} cannot be read`);
  });

  it('refuses a key of another certificate', async () => {
    const other = join(FIXTURES, 'second.key.pem');
    await expect(checkNatsFiles({ ...nats, tls: { certFile, keyFile: other } })).rejects.toThrow('NATS_KEY_FILE');
  });
});
