import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { readEnv, variables } from './env.js';
import { readConfig } from './read-config.js';

const text = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
const example = parseEnv(text);

describe('.env.example', () => {
  it('names exactly the variables that the server reads', () => {
    expect(Object.keys(example).sort()).toEqual([...variables].sort());
  });

  it('shows the defaults', () => {
    expect(readConfig(readEnv(example))).toEqual(readConfig({}));
  });

  it.each(variables)('explains %s', (name) => {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.startsWith(`${name}=`));
    // Names that mean nothing without each other stand together under one comment.
    const above = lines.slice(0, at).findLast((line) => !/^[A-Z_]+=$/.test(line));
    expect(above).toMatch(/^# \S/);
  });
});
