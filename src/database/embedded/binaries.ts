import { chmod, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError, systemErrorCode } from './embedded-postgres-error.js';
import { type Account, type Outcome, runAs } from './run-as.js';

/** Where PostgreSQL's programs are. The package brings these three and no others. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
  /** The major version, which the data folder must have too. */
  readonly majorVersion: string;
}

interface PackagedBinaries {
  /** The package's folder, with `native/` in it. */
  readonly folder: string;
  readonly version: string;
}

const USE_ANOTHER_SERVER = 'Set DATABASE_URL to a PostgreSQL server instead.';

/**
 * The programs of the package, in a place where the account can run them: the package itself, or a copy in `home` where the
 * package lies in a folder that the account cannot read or has to be completed and cannot be written to.
 */
export async function prepareBinaries(account: Account, home: string, packageFolder: string): Promise<Binaries> {
  const packaged: PackagedBinaries = { folder: packageFolder, version: await versionOf(packageFolder) };
  if (await completeLibraries(packaged.folder)) {
    const trial = await tryOut(account, packaged.folder);
    if (trial.exitCode === 0) return binariesIn(packaged.folder, packaged.version);
    if (trial.spawnError !== 'EACCES') throw unusable(trial, account);
  }

  const copy = await copyInto(home, packaged);
  const trial = await tryOut(account, copy);
  if (trial.exitCode !== 0) throw unusable(trial, account);
  return binariesIn(copy, packaged.version);
}

/** The folder of the package for this platform. */
export function locateBinaries(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // The binaries are a dependency of embedded-postgres, not ours: they resolve from there.
    const wrapper = createRequire(__filename).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      'binaries-missing',
      `The embedded PostgreSQL for this platform (${name}) is not installed. It is an optional dependency: ` +
        `npm ci installs it unless told to omit those, and not every platform has one. ${USE_ANOTHER_SERVER}`,
      { cause: error },
    );
  }
}

async function versionOf(packageFolder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

function binariesIn(folder: string, version: string): Binaries {
  const program = (name: string): string => join(folder, 'native', 'bin', name);
  return {
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    postgres: program('postgres'),
    majorVersion: version.split('.', 1).join(),
  };
}

/**
 * Makes the links between the libraries' names, which npm packages cannot hold: the package makes them in an install script,
 * and those may be switched off. Returns false where it may not write.
 */
async function completeLibraries(folder: string): Promise<boolean> {
  try {
    const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8');
    const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
    for (const { source, target } of links) await linkOnce(relative(dirname(target), source), join(folder, target));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

async function linkOnce(to: string, path: string): Promise<void> {
  try {
    await symlink(to, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

async function copyInto(home: string, { folder, version }: PackagedBinaries): Promise<string> {
  const name = `binaries-${version}`;
  const copy = join(home, name);
  const copies = (await readdir(home)).filter((entry) => entry.startsWith('binaries-'));
  if (copies.includes(name)) return copy;

  const draft = join(home, `${name}.new`);
  for (const old of copies) await rm(join(home, old), { recursive: true });
  await cp(join(folder, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await completeLibraries(draft);
  await letEverybodyRead(draft);
  await rename(draft, copy);
  return copy;
}

/** The copy keeps the modes of the original, which may be nobody's but the installer's. */
async function letEverybodyRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}

function tryOut(account: Account, folder: string): Promise<Outcome> {
  return runAs(account, join(folder, 'native', 'bin', 'postgres'), ['--version']);
}

function unusable({ spawnError, stderr }: Outcome, account: Account): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries-unusable',
    `${reasonOf(spawnError, stderr, account)} ${USE_ANOTHER_SERVER}`,
  );
}

function reasonOf(spawnError: string | undefined, stderr: string, account: Account): string {
  switch (spawnError) {
    // The file is there; what is missing is the loader that it names.
    case 'ENOENT':
      return 'The embedded PostgreSQL needs glibc 2.27 or later; this system has none (Alpine and others with musl).';
    case 'EACCES':
      return `The embedded PostgreSQL may not be run as ${account.name}: its folder is closed to that user or mounted noexec.`;
    case 'EPERM':
      return `This process may not start programs as user ${account.name}, and PostgreSQL refuses to run as root.`;
    default:
      return `The embedded PostgreSQL does not run on this system: ${stderr.trim() || (spawnError ?? 'no reason given')}.`;
  }
}
