import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolderOf } from './cluster-home.js';

export type ServerSettings = Readonly<Record<string, string>>;

/** What PostgreSQL would choose otherwise. Durability is left as it comes: fsync and synchronous_commit are on. */
const DEFAULTS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '100',
  // Twice the default: enough for the hot end of the log; memory is taken only as it is used.
  shared_buffers: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements hold what people wrote to each other, and failing ones are logged by who sent them.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

/**
 * Writes postgresql.conf and pg_hba.conf into the home. They stand beside the data and not in it, so that they belong to
 * whoever starts the server and may be made anew at each start.
 */
export async function writeServerSettings(home: string, port: number, settings: ServerSettings): Promise<void> {
  const data = dataFolderOf(home);
  const all: ServerSettings = {
    ...DEFAULTS,
    ...settings,
    port: String(port),
    data_directory: data,
    hba_file: join(home, 'pg_hba.conf'),
    ident_file: join(data, 'pg_ident.conf'),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${quoted(value)}`);
  await replaceFile(join(home, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await replaceFile(join(home, 'postgresql.conf'), `# Made at each start; edits are lost.\n${lines.join('\n')}\n`);
}

function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** By renaming, because the file there may belong to the account of an earlier start. */
async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, content);
  await chmod(draft, 0o644);
  await rename(draft, path);
}
