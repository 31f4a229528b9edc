import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

const root = join(__dirname, '../..');
const names = Object.keys(parseEnv(readFileSync(join(root, '.env.example'), 'utf8')));

/** All that is tested with real sockets and a real database. */
const specs = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('spec.ts'))
  .map((path) => readFileSync(join(root, 'test', path), 'utf8'))
  .join('\n');

describe('the configuration', () => {
  it.each(names)('has a test that sets %s or sees what it does', (name) => {
    expect(specs).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
