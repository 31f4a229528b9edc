import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { prepareBinaries } from '../../src/database/embedded/binaries.js';
import { type EmbeddedPostgresFailure } from '../../src/database/embedded/embedded-postgres-error.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { processStart } from '../../src/database/embedded/process-identity.js';
import { type Account, chooseAccount, runAs } from '../../src/database/embedded/run-as.js';
import { onServer } from '../support/database.js';
import { newTestFolder, removeTestFolder } from '../support/test-server.js';

const HOOK = join(__dirname, '../support/typescript-hook.cjs');
const OWNER = join(__dirname, '../support/embedded-postgres-owner.ts');

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;
/** The reporter prints the names of skipped tests. */
const WHY_SKIPPED = isRoot ? '' : ' (skipped: needs root, to become other users)';

/** Another user runs the launcher from this checkout, so it must be able to read it: not below /root, for example. */
const isOpen = foldersUpFrom(__dirname).every((folder) => (statSync(folder).mode & 0o005) === 0o005);
const asOthers = isRoot && isOpen ? it : it.skip;
const WHY_NOT_OTHERS = isOpen ? WHY_SKIPPED : ' (skipped: other users cannot enter the folder of this checkout)';

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('startEmbeddedPostgres', () => {
  let folder: string;
  const servers: EmbeddedPostgres[] = [];
  const owners: ChildProcessWithoutNullStreams[] = [];

  beforeEach(() => {
    folder = newTestFolder();
  });

  afterEach(async () => {
    await Promise.all(owners.splice(0).map(dismiss));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    removeTestFolder(folder);
  });

  async function start(dataDir = folder): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir });
    servers.push(server);
    return server;
  }

  /** Starts a server in another process, as the account or as whoever runs the tests. */
  function startElsewhere(dataDir = folder, account?: Account): ChildProcessWithoutNullStreams {
    const switchTo = account === undefined ? {} : { uid: account.uid, gid: account.gid };
    const owner = spawn(process.execPath, ['--require', HOOK, OWNER, dataDir], switchTo);
    owners.push(owner);
    return owner;
  }

  it('keeps the data from one start to the next, on a port of its own', async () => {
    const first = await start();
    await onServer(first.url, (client) => client.query('create table kept as select 42 as answer'));
    await first.stop();

    const second = await start();
    expect(await answerIn(second.url)).toBe(42);
  });

  it('runs PostgreSQL 18 with UTF-8, scram and durable commits', async () => {
    const { url } = await start();
    const names = ['server_encoding', 'password_encryption', 'fsync', 'synchronous_commit', 'listen_addresses'];
    expect(await settingsOf(url, names)).toEqual(['UTF8', 'scram-sha-256', 'on', 'on', '127.0.0.1']);
    expect(await settingsOf(url, ['server_version'])).toEqual([expect.stringMatching(/^18\./)]);
  });

  it('refuses a wrong password and keeps the right one in a file that only its user reads', async () => {
    const url = new URL((await start()).url);
    url.password = 'guess';
    await expect(onServer(url.href, () => Promise.resolve())).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(folder, 'postgres', 'password')).mode & 0o777).toBe(0o600);
  });

  it('works in a folder with spaces and quotes, given relative to the working directory', async () => {
    const server = await start(relative(process.cwd(), join(folder, "it's my data")));
    await onServer(server.url, (client) => client.query('select 1'));
  });

  it('takes more settings and a database name', async () => {
    const server = await startEmbeddedPostgres({
      dataDir: folder,
      database: 'a "name"',
      settings: { work_mem: '7MB' },
    });
    servers.push(server);
    expect(await settingsOf(server.url, ['work_mem'])).toEqual(['7MB']);
  });

  it('stops once, however often it is asked, and leaves no process behind', async () => {
    const server = await start();
    const pid = postmasterPid(folder);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(processStart(pid)).toBeUndefined();
  });

  it('recovers what was committed when its owner was killed', async () => {
    const owner = startElsewhere();
    const url = await addressOf(owner);
    const orphan = postmasterPid(folder);
    await onServer(url, (client) => client.query('create table kept as select 42 as answer'));
    await kill(owner);

    const server = await start();
    expect(await answerIn(server.url)).toBe(42);
    expect(processStart(orphan)).toBeUndefined();
  });

  it('recovers when the server was killed with its owner', async () => {
    const owner = startElsewhere();
    await onServer(await addressOf(owner), (client) => client.query('create table kept as select 42 as answer'));
    process.kill(postmasterPid(folder), 'SIGKILL');
    await kill(owner);

    const server = await start();
    expect(await answerIn(server.url)).toBe(42);
  });

  it('starts after an owner that was killed while it created the database', async () => {
    const owner = startElsewhere();
    const home = join(folder, 'postgres');
    await until(() => existsSync(home) && readdirSync(home).some((name) => name.startsWith('data.new-')));
    await kill(owner);

    const server = await start();
    await onServer(server.url, (client) => client.query('select 1'));
  });

  it('refuses a folder that another process uses, naming the process', async () => {
    const owner = startElsewhere();
    await addressOf(owner);
    await expectFailure(start(), 'in-use', `pid ${owner.pid ?? ''}`);
  });

  it('refuses a folder that this process uses already', async () => {
    await start();
    await expectFailure(start(), 'in-use', `pid ${process.pid}`);
  });

  it('gives the folder to exactly one of several that start at once', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const owner = startElsewhere();
        return Promise.race([addressOf(owner).then(() => 'started'), text(owner.stderr)]);
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.includes('already uses'))).toHaveLength(3);
  });

  onLinux('does not take another program for its server because it has the pid of one that died', async () => {
    await (await start()).stop();
    const stranger = startElsewhere(join(folder, 'elsewhere'));
    await addressOf(stranger);
    const data = join(folder, 'postgres', 'data');
    writeFileSync(join(data, 'postmaster.pid'), `${stranger.pid ?? ''}\n${data}\n1\n1\n\n127.0.0.1\n\nready\n`);

    const server = await start();
    await onServer(server.url, (client) => client.query('select 1'));
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it('finds the server that was left running in a folder that has been moved since', async () => {
    const owner = startElsewhere(join(folder, 'before'));
    await onServer(await addressOf(owner), (client) => client.query('create table kept as select 42 as answer'));
    await kill(owner);
    const orphan = postmasterPid(join(folder, 'before'));
    renameSync(join(folder, 'before'), join(folder, 'after'));

    const server = await start(join(folder, 'after'));
    expect(await answerIn(server.url)).toBe(42);
    expect(processStart(orphan)).toBeUndefined();
  });

  it('says which setting is wrong, leaves nothing running and starts again without it', async () => {
    await expectFailure(
      startEmbeddedPostgres({ dataDir: folder, settings: { max_connections: 'lots' } }),
      'server-failed',
      'max_connections',
    );
    await start();
  });

  it('says that the data is of another PostgreSQL version', async () => {
    await (await start()).stop();
    writeFileSync(join(folder, 'postgres', 'data', 'PG_VERSION'), '17\n');
    await expectFailure(start(), 'data-unusable', 'PostgreSQL 17');
  });

  it('says that the data directory is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expectFailure(start(file), 'data-unusable', file);
  });

  describe('as root', () => {
    asRoot(`runs the server as an unprivileged account${WHY_SKIPPED}`, async () => {
      await start();
      expect(statSync(join(folder, 'postgres', 'data', 'postmaster.pid')).uid).toBe(chooseAccount(undefined).uid);
    });

    asRoot(`keeps the data elsewhere where that account cannot enter${WHY_SKIPPED}`, async () => {
      chmodSync(folder, 0o700);
      const first = await start();
      await onServer(first.url, (client) => client.query('create table kept as select 42 as answer'));
      await first.stop();
      expect(await answerIn((await start()).url)).toBe(42);
    });

    asRoot(`refuses to begin anew where what it kept elsewhere is gone${WHY_SKIPPED}`, async () => {
      chmodSync(folder, 0o700);
      await (await start()).stop();
      rmSync(realpathSync(join(folder, 'postgres')), { recursive: true });
      await expectFailure(start(), 'data-unusable', 'that folder is gone');
    });

    asOthers(`takes over from an ordinary user, and the user from root${WHY_NOT_OTHERS}`, async () => {
      const user = chooseAccount(undefined);
      chownSync(folder, user.uid, user.gid);
      const first = startElsewhere(folder, user);
      await onServer(await addressOf(first), (client) => client.query('create table kept as select 42 as answer'));
      await kill(first);

      const second = await start();
      expect(await answerIn(second.url)).toBe(42);
      await second.stop();

      expect(await answerIn(await addressOf(startElsewhere(folder, user)))).toBe(42);
    });

    asOthers(`tells an ordinary user that the folder is closed to it${WHY_NOT_OTHERS}`, async () => {
      await (await start()).stop();
      const user = startElsewhere(folder, chooseAccount(undefined));
      expect(await text(user.stderr)).toContain('Set DATA_DIR to a folder that this user may write to');
    });

    asOthers(`tells a user without a passwd entry that PostgreSQL needs one${WHY_NOT_OTHERS}`, async () => {
      chownSync(folder, NAMELESS.uid, NAMELESS.gid);
      const nameless = startElsewhere(folder, NAMELESS);
      expect(await text(nameless.stderr)).toContain('has no entry in /etc/passwd');
    });
  });
});

describe('prepareBinaries', () => {
  let folder: string;

  beforeEach(() => {
    folder = newTestFolder();
  });

  afterEach(() => {
    removeTestFolder(folder);
  });

  it('makes the links between libraries that an install without scripts left out', async () => {
    const copy = copyOfThePackage(join(folder, 'package'));
    const { initdb } = await prepareBinaries(chooseAccount(undefined), folder, copy);
    expect(initdb).toBe(join(copy, 'native', 'bin', 'initdb'));
    expect(await runAs(chooseAccount(undefined), initdb, ['--version'])).toMatchObject({ exitCode: 0 });
  });

  asRoot(`copies the package where the account cannot read it${WHY_SKIPPED}`, async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const copy = copyOfThePackage(join(closed, 'package'));
    const { initdb } = await prepareBinaries(chooseAccount(undefined), folder, copy);
    expect(initdb).not.toContain(closed);
    expect(await runAs(chooseAccount(undefined), initdb, ['--version'])).toMatchObject({ exitCode: 0 });
  });

  it('says that the system has no glibc where the loader is missing', async () => {
    const native = join(folder, 'native');
    mkdirSync(join(native, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version":"18.4.0"}');
    writeFileSync(join(native, 'pg-symlinks.json'), '[]');
    writeFileSync(join(native, 'bin', 'postgres'), '#!/no/such/loader\n', { mode: 0o755 });
    await expectFailure(prepareBinaries(chooseAccount(undefined), folder, folder), 'binaries-unusable', 'glibc');
  });
});

const NAMELESS: Account = { name: 'nameless', uid: 54_321, gid: 54_321 };

/** The package of this platform without its links, as it comes when install scripts are off. */
function copyOfThePackage(to: string): string {
  const wrapper = createRequire(__filename).resolve('embedded-postgres');
  const packaged = dirname(
    dirname(createRequire(wrapper).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  );
  const filter = (path: string): boolean => !lstatSync(path).isSymbolicLink();
  cpSync(packaged, to, { recursive: true, filter });
  return to;
}

async function addressOf(owner: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface(owner.stdout)) return line;
  throw new Error('the owner ended without an address');
}

async function kill(owner: ChildProcessWithoutNullStreams): Promise<void> {
  if (owner.exitCode !== null || owner.signalCode !== null) return;
  const exited = once(owner, 'exit');
  owner.kill('SIGKILL');
  await exited;
}

/** Lets the owner stop its server and end. */
async function dismiss(owner: ChildProcessWithoutNullStreams): Promise<void> {
  if (owner.exitCode !== null || owner.signalCode !== null) return;
  const exited = once(owner, 'exit');
  owner.stdin.end();
  await exited;
}

function postmasterPid(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
}

async function answerIn(url: string): Promise<unknown> {
  const { rows } = await onServer(url, (client) => client.query<{ answer: number }>('select answer from kept'));
  return rows[0]?.answer;
}

async function settingsOf(url: string, names: readonly string[]): Promise<string[]> {
  const query =
    'select current_setting(name) as value from unnest($1::text[]) with ordinality as t(name, i) order by i';
  const { rows } = await onServer(url, (client) => client.query<{ value: string }>(query, [names]));
  return rows.map(({ value }) => value);
}

async function expectFailure(work: Promise<unknown>, failure: EmbeddedPostgresFailure, words: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ failure, message: expect.stringContaining(words) as string });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(2);
}

function foldersUpFrom(folder: string): string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...foldersUpFrom(dirname(folder))];
}
