import type { AsyncApiDocument } from './async-api.js';
import { asyncApiPage } from './async-api-page.js';

const HOSTILE = '<script>alert("1")</script>';
const SHOWN = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;';

const schema = { type: 'string', description: HOSTILE };

/** As a module might make it. */
const document: AsyncApiDocument = {
  info: {
    title: HOSTILE,
    version: '1',
    description: `${HOSTILE}\n\n## ${HOSTILE}\n\n| a | \`b\` |\n| --- | --- |\n| 1 | 2 |`,
  },
  channels: {
    messaging: {
      address: HOSTILE,
      description: HOSTILE,
      messages: { [HOSTILE]: { $ref: '#/components/messages/one' } },
      bindings: { ws: { query: { type: 'object', properties: { [HOSTILE]: schema } } } },
    },
  },
  operations: {},
  components: {
    messages: {
      one: {
        name: HOSTILE,
        summary: `${HOSTILE} \`${HOSTILE}\``,
        payload: { $ref: '#/components/schemas/One', description: HOSTILE },
        examples: [{ payload: HOSTILE }],
      },
    },
    schemas: { One: schema },
  },
};

describe('asyncApiPage', () => {
  const page = asyncApiPage(document);

  it('shows what modules say as text', () => {
    expect(page).not.toContain('<script');
    expect(page.split(SHOWN).length).toBeGreaterThan(10);
  });

  it('makes tables, headings and code of the description', () => {
    expect(page).toContain('<tr><th>a</th><th><code>b</code></th></tr><tr><td>1</td><td>2</td></tr>');
    expect(page).toContain(`<h2>${SHOWN}</h2>`);
  });

  it('leads from a reference to its schema', () => {
    expect(page).toContain('<a href="#schemas-One">One</a>');
    expect(page).toContain('id="schemas-One"');
  });
});
