import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { developmentSecret } from './development-secret.js';

describe('developmentSecret', () => {
  let parent: string;
  let dataDir: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'parlance-'));
    dataDir = join(parent, 'data');
  });

  afterEach(() => rm(parent, { recursive: true }));

  it('makes 32 random bytes that only the owner may read', async () => {
    const secret = await developmentSecret(dataDir);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect((await stat(join(dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600);
  });

  it('keeps the secret', async () => {
    expect(await developmentSecret(dataDir)).toBe(await developmentSecret(dataDir));
  });

  it('gives all who start at the same moment the same secret and leaves no drafts', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => developmentSecret(dataDir)));
    expect(new Set(secrets)).toEqual(new Set([await readFile(join(dataDir, 'jwt-secret'), 'utf8')]));
    expect(await readdir(dataDir)).toEqual(['jwt-secret']);
  });

  it('refuses a file that holds no key', async () => {
    await developmentSecret(dataDir);
    await writeFile(join(dataDir, 'jwt-secret'), '');
    await expect(developmentSecret(dataDir)).rejects.toThrow('jwt-secret holds no key');
  });
});
