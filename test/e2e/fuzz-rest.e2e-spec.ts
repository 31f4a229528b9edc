import fc from 'fast-check';
import { inhabitConcord } from '../support/bad-input/concord-world.js';
import { type Asker, type RandomRequest, randomRequests, type Route } from '../support/bad-input/random-requests.js';
import { recordComplaints } from '../support/bad-input/record-complaints.js';
import type { ConcordClient } from '../support/concord-client.js';
import { freshChannel } from '../support/fresh-channel.js';
import { OpenApi } from '../support/openapi.js';
import { TestServer } from '../support/parlance.js';
import { signToken } from '../support/tokens.js';

/** How many random requests; a failure prints the seed. */
const RUNS = Number(process.env.PARLANCE_FUZZ_RUNS ?? 300);
const SEED = process.env.PARLANCE_FUZZ_SEED;

/** After so many requests what they name may have been deleted. */
const RUNS_PER_WORLD = 25;

/** Stand in the requests for the ids of what there is in each world, so that a seed makes the same requests. */
const PLACEHOLDERS = [700_000_001, 700_000_002, 700_000_003];

/** A change of password revokes the tokens of whoever asks for it, which must not be somebody who is needed later. */
const PASSWORD = '/api/self/password';

function tokenOf(asker: Asker, runs: number): string | undefined {
  switch (asker) {
    case 'admin':
      return signToken({ sub: `Boss${runs}`, roles: ['admin'] });
    case 'user':
      return signToken({ sub: 'User1' });
    case 'nobody':
      return undefined;
    case 'stranger':
      return `${signToken({ sub: 'User1' })}x`;
  }
}

describe('Fuzzing REST', () => {
  const logged: string[] = [];
  let server: TestServer;
  let api: OpenApi;
  let witness: ConcordClient;
  let ids: readonly number[];
  let runs = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    api = await OpenApi.of(server.httpOrigin);
    recordComplaints(logged);
    witness = await server.connectConcord('Witness');
  });

  afterAll(() => server.stop());

  async function renewWorld(): Promise<void> {
    if (runs % RUNS_PER_WORLD === 0) {
      const { channelId, chatId, threadId } = await inhabitConcord(server);
      ids = [channelId, chatId, threadId];
    }
    runs += 1;
  }

  function withRealIds(text: string): string {
    return PLACEHOLDERS.reduce((named, id, place) => named.replaceAll(String(id), String(ids[place])), text);
  }

  /** Whatever is asked is answered as the document says, and never with a failure. */
  async function endure({ route: { method, template }, path, body, asker }: RandomRequest): Promise<void> {
    const token = tokenOf(template === PASSWORD && asker === 'user' ? 'admin' : asker, runs);
    const answer = await fetch(`${server.httpOrigin}${withRealIds(path)}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: body === undefined ? undefined : withRealIds(body),
    });
    const text = await answer.text();
    const json = text === '' ? null : (JSON.parse(text) as unknown);
    expect(api.faultIn(method, withRealIds(path), answer.status, json)).toBeUndefined();
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(logged.splice(0)).toEqual([]);
  }

  it(
    'answers any request as it is documented, logs no failure, and is here afterwards',
    async () => {
      const property = fc.asyncProperty(randomRequests(routesOf(api), PLACEHOLDERS), endure);
      const seed = SEED === undefined ? undefined : Number(SEED);
      await fc.assert(property, { numRuns: RUNS, seed, plugins: [fc.beforeEach(renewWorld)] });
      const { id } = await freshChannel(server);
      expect((await witness.writes(id, 'still here')).channelId).toBe(id);
    },
    30_000 + RUNS * 50,
  );
});

function routesOf({ document, routes }: OpenApi): readonly Route[] {
  return routes.map((route) => {
    const [method = '', template = ''] = route.split(' ');
    const { parameters = [], requestBody } = document.paths[template]?.[method.toLowerCase()] ?? {};
    const { $ref = '' } = requestBody?.content['application/json']?.schema ?? {};
    const schema = document.components.schemas[$ref.split('/').at(-1) ?? ''];
    return {
      method,
      template,
      variables: template.match(/\{\w+\}/g) ?? [],
      queryFields: parameters.flatMap((parameter) => (parameter.in === 'query' ? [parameter.name] : [])),
      bodyFields: requestBody && Object.keys(schema?.properties ?? {}),
    };
  });
}
