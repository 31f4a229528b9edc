import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventSchemas } from '../../src/outgoing/event-schemas.js';

const text = readFileSync(join(__dirname, '../../docs/events.md'), 'utf8');
const [, types = ''] = text.split('## Types');
const sections = types.split(/^### /m).slice(1);
const documented = Object.fromEntries(
  sections.map((section) => {
    const [type = ''] = section.split('\n');
    return [type, JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? 'null') as unknown];
  }),
);

describe('docs/events.md', () => {
  it('names the events that there are', () => {
    expect(Object.keys(documented)).toEqual(Object.keys(eventSchemas));
  });

  it.each(Object.entries(eventSchemas))('shows the schema of %s', (type, schema) => {
    expect(documented[type]).toEqual(schema);
  });
});
