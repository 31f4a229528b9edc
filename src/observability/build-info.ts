import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Family } from './family.js';

/** Beside `src` and `dist` alike. */
const PACKAGE = join(__dirname, '..', '..', 'package.json');

let version: string | undefined;

/** What runs here, as labels of a sample that is always 1. */
export function buildInfo(): Family {
  version ??= versionIn(PACKAGE);
  const labels = { version, node: process.version };
  return { name: 'parlance_build_info', help: 'What runs here.', type: 'gauge', values: [{ labels, value: 1 }] };
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
