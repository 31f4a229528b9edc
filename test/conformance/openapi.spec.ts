import SwaggerParser from '@apidevtools/swagger-parser';
import { polls } from '../../examples/polls/polls.js';
import { TestServer } from '../support/parlance.js';

type ParsedDocument = Exclude<Parameters<typeof SwaggerParser.validate>[0], string>;

interface Document {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, object>>;
}

const AREAS = ['/api/', '/admin/', '/health/'];

describe.each([
  ['a server', []],
  ['a server with a module', [polls]],
])('the OpenAPI document of %s', (_, extensions) => {
  let server: TestServer;
  let document: Document;

  beforeAll(async () => {
    server = await TestServer.start({ MAX_MESSAGE_BYTES: '2048' }, undefined, extensions);
    document = (await (await fetch(`${server.httpOrigin}/docs/openapi.json`)).json()) as Document;
  });

  afterAll(() => server.stop());

  /** The parser puts what is referred to in the place of references. */
  const validated = (one: Document) => SwaggerParser.validate(structuredClone(one) as unknown as ParsedDocument);

  it('is one by its parser', async () => {
    await expect(validated(document)).resolves.toBeDefined();
  });

  it('is refused by its parser where an answer is missing', async () => {
    const paths = { ...document.paths, '/api/broken': { get: { parameters: [] } } };
    await expect(validated({ ...document, paths })).rejects.toThrow();
  });

  it('has what is for users, for operators and for probes', () => {
    const paths = Object.keys(document.paths);
    for (const area of AREAS) expect(paths.filter((path) => path.startsWith(area)).length).toBeGreaterThan(1);
    expect(paths.includes('/api/polls/{id}')).toBe(extensions.length > 0);
  });

  it('names all codes of errors, and limits as they are on this server', () => {
    const { description } = document.info;
    for (const code of [400, 401, 403, 404, 409, 413, 429, 500, 503]) expect(description).toContain(`| ${code} |`);
    expect(description).toContain('`MAX_MESSAGE_BYTES`) | 2 KiB of UTF-8 | 413 |');
    for (const name of ['MAX_FRAME_BYTES', 'MAX_CHANNELS', 'SIGN_IN_FAILURES_PER_NAME', 'TOKEN_TTL_S']) {
      expect(description).toContain(`\`${name}\``);
    }
  });

  it('leads to the document of the dialects', () => {
    expect(document.info.description).toContain('](/docs/asyncapi)');
  });
});
