'use strict';

// Runs test/bench/*.bench.ts, each in a process of its own: npm run bench [-- name …]

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const names = process.argv.slice(2);

for (const file of readdirSync(join(root, 'test/bench'))) {
  const [name, suffix] = file.split('.');
  if (suffix !== 'bench' || (names.length > 0 && !names.includes(name))) continue;
  const argv = ['--require', join(root, 'test/support/typescript-hook.cjs'), join(root, 'test/bench', file)];
  const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
