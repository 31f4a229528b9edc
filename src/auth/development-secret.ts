import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE_NAME = 'jwt-secret';
const SECRET_BYTES = 32;
/** 32 bytes in base64url. */
const SECRET_LENGTH = 43;

/**
 * The secret of a development server, kept beside its data so that tokens outlive a restart and `npm run token` signs
 * with the same. Made on first use; whoever asks at the same moment, in whatever process, gets the same one.
 *
 * @returns text that would do for `JWT_SECRET` too
 */
export async function developmentSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE_NAME);
  const secret = (await readSecret(path)) ?? (await makeSecret(dataDir, path));
  if (secret.length < SECRET_LENGTH) throw new Error(`${path} holds no key: delete it, and a new one is made`);
  return secret;
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function makeSecret(dataDir: string, path: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
    await publish(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return (await readSecret(path)) ?? '';
}

/** A link appears with its whole content or not at all, and never in the place of another's. */
async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
