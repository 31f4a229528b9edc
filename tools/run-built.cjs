'use strict';

// Runs dist/<name>.js with the remaining arguments, building first where that was never done. The build talks on
// stderr, so that stdout is the program's alone: TOKEN=$(npm run --silent token -- User1)

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const [name, ...args] = process.argv.slice(2);
const program = join(root, 'dist', `${name}.js`);

if (!existsSync(program))
  run([require.resolve('@nestjs/cli/bin/nest.js'), 'build'], ['ignore', process.stderr, 'inherit']);
run([program, ...args], 'inherit');

function run(argv, stdio) {
  const cwd = stdio === 'inherit' ? process.cwd() : root;
  const { status } = spawnSync(process.execPath, argv, { cwd, stdio });
  if (status !== 0) process.exit(status ?? 1);
}
