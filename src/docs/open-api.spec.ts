import type { OpenAPIObject } from '@nestjs/swagger';
import { GOOD_TOKEN, RestEdge } from '../../test/support/rest-edge.js';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly name: string;
  readonly path: string;
  readonly method: string;
  readonly spec: Json;
}

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** What these do stands in their address. */
const BODILESS = ['POST /admin/chats/{id}/members/{user}'];

/** Everybody may ask these. */
const PUBLIC = ['POST /api/users/register', 'POST /api/tokens'];

/** What says of which kind a value is. */
const SHAPES = ['type', '$ref', 'allOf', 'anyOf'];

describe('the OpenAPI document', () => {
  let edge: RestEdge;
  let document: OpenAPIObject;
  let operations: readonly Operation[];

  beforeAll(async () => {
    edge = await RestEdge.start();
    document = (await edge.send('GET', '/docs/openapi.json')).body as OpenAPIObject;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Json>).map(([method, spec]) => {
        return { name: `${method.toUpperCase()} ${path}`, path, method: method.toUpperCase(), spec };
      }),
    );
  });

  afterAll(() => edge.stop());

  function resolve(ref: string): unknown {
    return ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((node, key) => (node as Json | undefined)?.[key], document);
  }

  function* within(value: unknown): Generator<Json> {
    if (typeof value !== 'object' || value === null) return;
    yield value as Json;
    for (const inner of Object.values(value)) yield* within(inner);
  }

  it('is of OpenAPI 3 and has a bearer scheme', () => {
    expect(document.openapi).toMatch(/^3\.\d\.\d$/);
    expect(document.info).toMatchObject({ title: 'Parlance', version: expect.any(String) as string });
    expect(document.components?.securitySchemes).toEqual({
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    });
  });

  const isOperators = (path: string): boolean => path.startsWith('/admin/');

  it('has every route under /api and /admin that the application has, and no other', () => {
    const { router } = edge.app.getHttpAdapter().getInstance() as { router: { stack: readonly Layer[] } };
    const routes = router.stack.flatMap(({ route }) =>
      route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`) : [],
    );
    const described = operations.map(({ name }) => name.replace(/\{(\w+)\}/g, ':$1'));
    expect(described.sort()).toEqual(routes.filter((route) => / \/(api|admin)\//.test(route)).sort());
    expect(described.length).toBeGreaterThan(35);
  });

  it('refers to nothing that is not there', () => {
    const refs = [...within(document)].map(({ $ref }) => $ref).filter((ref) => typeof ref === 'string');
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => resolve(ref) === undefined)).toEqual([]);
  });

  it('describes each member of every object', () => {
    const schemas = Object.entries(document.components?.schemas ?? {}) as [string, Json][];
    const bare = schemas.filter(([, { properties }]) => Object.keys(properties ?? {}).length === 0);
    expect(bare.map(([name]) => name)).toEqual(['Empty']);
    const members = schemas.flatMap(([name, { properties = {} }]) =>
      Object.entries(properties as Record<string, Json>).map(
        ([member, schema]) => [`${name}.${member}`, schema] as const,
      ),
    );
    const untyped = members.filter(([, schema]) => !SHAPES.some((shape) => shape in schema));
    expect(untyped.map(([member]) => member)).toEqual([]);
  });

  it('gives every operation a name of its own, a summary and answers', () => {
    expect(new Set(operations.map(({ spec }) => spec.operationId)).size).toBe(operations.length);
    for (const { spec } of operations) {
      expect(spec).toMatchObject({
        summary: expect.stringMatching(/./) as string,
        responses: expect.anything() as Json,
      });
      const codes = Object.keys(spec.responses as Json);
      expect(codes.filter((code) => code.startsWith('2'))).toHaveLength(1);
      expect(codes).toEqual(expect.arrayContaining(['500', '503']));
    }
  });

  it('describes every answer but those without a body', () => {
    for (const { name, spec } of operations) {
      for (const [code, answer] of Object.entries(spec.responses as Record<string, Json>)) {
        expect([name, code, answer.content === undefined]).toEqual([name, code, code === '204']);
      }
    }
  });

  it('declares every parameter of a path, ids as whole numbers', () => {
    for (const { path, spec } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (spec.parameters as readonly Json[]).filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(named);
      if (path.startsWith('/api/files') || isOperators(path)) continue;
      for (const { schema } of declared) expect(schema).toMatchObject({ type: 'integer', minimum: 1 });
    }
  });

  it('describes the body of everything that changes something, and of nothing else', () => {
    for (const { name, method, spec } of operations) {
      const takesBody = (method === 'POST' || method === 'PATCH') && !BODILESS.includes(name);
      expect([name, spec.requestBody !== undefined]).toEqual([name, takesBody]);
    }
  });

  it('says of each operation whether it needs a token, and that is so', async () => {
    for (const { name, path, method, spec } of operations) {
      const security = (spec.security ?? []) as readonly Json[];
      const needsToken = security.some((one) => 'bearer' in one) && !security.some((one) => !('bearer' in one));
      expect([name, needsToken]).toEqual([name, !PUBLIC.includes(name)]);
      const json = { 'content-type': 'application/json' };
      const body = method === 'POST' || method === 'PATCH' ? '{}' : undefined;
      const answer = await edge.send(method, path.replace(/\{\w+\}/, '7'), json, body);
      expect([name, answer.status]).toEqual([name, needsToken ? 401 : 400]);
    }
    expect(edge.calls).toEqual([]);
  });

  describe('of /admin', () => {
    const operators = () => operations.filter(({ path }) => isOperators(path));

    it('tells every error as a problem', () => {
      for (const { name, spec } of operators()) {
        const answers = Object.entries(spec.responses as Record<string, Json>).filter(([code]) => code >= '400');
        const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemView' } } };
        expect(answers.map(([code]) => code)).toEqual(expect.arrayContaining(['401', '403', '500', '503']));
        for (const [code, { content }] of answers) expect([name, code, content]).toEqual([name, code, problem]);
      }
    });

    it('has a tag of its own, and a key for all that does something', () => {
      for (const { name, method, spec } of operators()) {
        expect(spec.tags).toEqual([expect.stringMatching(/^admin: \w/)]);
        expect(spec.operationId).toMatch(/^admin\.\w+\.\w+$/);
        const headers = (spec.parameters as readonly Json[]).filter((parameter) => parameter.in === 'header');
        if (method === 'GET') continue;
        expect([name, headers.map((parameter) => parameter.name)]).toEqual([name, ['Idempotency-Key']]);
      }
    });

    it('lists in pages', () => {
      const listed: string[] = [];
      for (const { name, path, spec } of operators()) {
        const { schema } = (spec.responses as Record<string, { content?: Record<string, { schema: Json }> }>)['200']
          ?.content?.['application/json'] ?? { schema: {} };
        if (!('items' in ((schema.properties ?? {}) as Json))) continue;
        listed.push(path);
        const queries = (spec.parameters as readonly Json[]).filter((parameter) => parameter.in === 'query');
        expect([name, queries.map((parameter) => parameter.name)]).toEqual([
          name,
          expect.arrayContaining(['limit', 'cursor']),
        ]);
      }
      expect(listed).toEqual(expect.arrayContaining(['/admin/connections', '/admin/audit', '/admin/topics']));
    });

    it('is for operators only, and that is so', async () => {
      for (const { name, path, method } of operators()) {
        const address = path.replace(/\{\w+\}/g, '7');
        const { status } = await edge.ask(method, address, undefined, GOOD_TOKEN);
        expect([name, status]).toEqual([name, 403]);
      }
    });
  });
});
