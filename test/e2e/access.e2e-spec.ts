import { randomBytes } from 'node:crypto';
import { ACCESS, FRAME_ACCESS, type Persona, personas, type Scene, statusOf } from '../support/access-table.js';
import { PASSWORD, register } from '../support/accounts.js';
import { sendBinary } from '../support/binary-frames.js';
import { ConcordClient } from '../support/concord-client.js';
import { aText } from '../support/expectations.js';
import { OpenApi } from '../support/openapi.js';
import { TestServer } from '../support/parlance.js';
import { RestClient } from '../support/rest-client.js';
import { inSeconds, signToken } from '../support/tokens.js';
import { attemptUpgrade } from '../support/upgrade.js';

const WITHOUT_TOKEN: readonly Persona[] = ['without a token', 'with an expired token'];
/** Bodies that are refused unread, and with what. */
const UNREADABLE: readonly [string, string | Buffer, Record<string, string>, number][] = [
  ['no JSON', '{', {}, 400],
  ['no object', '7', {}, 400],
  ['no UTF-8', Buffer.from('{"name":"\xff"}', 'latin1'), {}, 400],
  ['not called JSON', '{}', { 'content-type': 'text/plain' }, 400],
  ['too large', JSON.stringify({ name: 'x'.repeat(1_100_000) }), {}, 413],
  ['in an encoding that nobody knows', '{}', { 'content-encoding': 'lzw' }, 415],
  ['not in the encoding that it names', '{}', { 'content-encoding': 'gzip' }, 400],
  ['in a charset that is not UTF-8', '{}', { 'content-type': 'application/json; charset=koi8-r' }, 415],
];
const CLAIMS: Readonly<Partial<Record<Persona, Record<string, unknown>>>> = {
  'with an expired token': { exp: inSeconds(-60) },
  'a holder of the role channels': { roles: ['channels'] },
  'a holder of the role moderator': { roles: ['moderator'] },
  'an admin': { roles: ['admin'] },
  'a claim topics without the channel': { topics: { subscribe: ['chat.another'], publish: ['chat.another'] } },
};

describe('Who may', () => {
  let server: TestServer;
  let admin: RestClient;
  let mark: string;
  let scene: Scene;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = server.rest('Boss', { roles: ['admin'] });
    await register(server, 'Keeper');
  });

  afterAll(() => server.stop());

  /** Everybody is new in each try, for some of them end their own tokens. */
  const userOf = (persona: Persona): string => `${persona} ${mark}`;
  const tokenOf = (persona: Persona): string | undefined =>
    persona === 'without a token' ? undefined : signToken({ sub: userOf(persona), ...CLAIMS[persona] });
  const restOf = (persona: Persona): RestClient => new RestClient(server.httpOrigin, tokenOf(persona));

  beforeEach(async () => {
    mark = randomBytes(4).toString('hex');
    const author = restOf('the author');
    const idOf = async (client: RestClient, path: string, body: object): Promise<number> =>
      (await client.post<{ id: number }>(path, body)).body.id;
    const channelId = await idOf(admin, '/channels', { name: `c-${mark}` });
    scene = {
      channelId,
      chatId: await idOf(author, `/channels/${channelId}/chats`, { content: 'x' }),
      sourceChatId: await idOf(author, `/channels/${channelId}/chats`, { content: 'source' }),
      userId: 1,
      fileId: '',
      freshName: `fresh-${mark}`,
      credentials: { username: 'Keeper', password: PASSWORD },
    };
  });

  /** Joins the channel in the dialect that has joining. */
  const join = async (persona: Persona): Promise<void> => {
    if (persona !== 'a member by messaging') return;
    const phone = await server.connect(userOf(persona));
    await phone.request('joinChat', { name: `c-${mark}` });
    await phone.close();
  };
  const sendFile = async (): Promise<string> => {
    const client = await server.connectRealtime(userOf('the author'), { protocols: ['realtime.v1'] });
    const line = { target_user: userOf('a member by messaging'), filename: 'x.json' };
    const { file_id: fileId } = await sendBinary(client, 'file_transfer', line, '{}');
    await client.close();
    return String(fileId);
  };

  it('do what is said of every route that the document has, and of no other', async () => {
    const { routes } = await OpenApi.of(server.httpOrigin);
    expect(Object.keys(ACCESS).sort()).toEqual([...routes].sort());
  });

  describe.each(Object.entries(ACCESS))('%s:', (route, { expected }) => {
    it.each(Object.entries(expected) as [Persona, number][])('%s is answered %s', async (persona, status) => {
      await join(persona);
      if (route.includes('/files/')) scene = { ...scene, fileId: await sendFile() };

      expect(await statusOf(restOf(persona), route, scene)).toBe(status);
    });
  });

  const withBodies = Object.entries(ACCESS).filter(([route]) => /^(POST|PUT|PATCH) /.test(route));

  describe.each(withBodies)('%s with a body that is', (route, { asked, expected }) => {
    it.each(UNREADABLE)('%s is read for nobody who is not let in', async (_what, body, headers, refused) => {
      const [method = ''] = route.split(' ');
      const [path] = asked(scene);
      for (const persona of [...WITHOUT_TOKEN, 'an admin'] as const) {
        const token = tokenOf(persona);
        const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
        const answer = await fetch(`${server.httpOrigin}/api${path}`, {
          ...{ method, body },
          headers: { 'content-type': 'application/json', ...authorization, ...headers },
        });
        const code = expected[persona] === 401 ? 401 : refused;

        expect([persona, answer.status, await answer.json()]).toEqual([persona, code, { code, message: aText }]);
      }
    });
  });

  describe.each(Object.entries(FRAME_ACCESS))('the frame %s:', (type, { frame, expected }) => {
    const connected = Object.entries(expected).filter(([persona]) => !WITHOUT_TOKEN.includes(persona as Persona));

    it.each(connected as [Persona, number][])('%s is refused with %s', async (persona, code) => {
      await join(persona);
      const client = await ConcordClient.connect(server.origin, tokenOf(persona) ?? '');
      client.send({ type, ...frame(scene) });
      // What is said of the same channel is dealt with after it.
      client.send({ type: 'chat_written', channelId: scene.channelId, content: 7 });
      await client.of('error', ({ details }) => (details as { field?: string }).field === 'content');
      const codes = client
        .all('error')
        .map((error) => error.code)
        .filter((refusal) => refusal !== 400);
      await client.close();

      expect(codes).toEqual(code === 0 ? [] : [code]);
    });

    it.each(connected as [Persona, number][])('%s is told of it, or not: %s', async (persona, code) => {
      await join(persona);
      const client = await ConcordClient.connect(server.origin, tokenOf(persona) ?? '');
      const author = await server.connectConcord(userOf('the author'));
      author.send({ type, ...frame(scene) });
      await author.next(
        ({ channelId, chat }) =>
          (channelId ?? (chat as { channelId: number } | undefined)?.channelId) === scene.channelId,
      );
      await author.writes(1, `marker ${mark}`);
      if (code === 0) await client.chat(({ content }) => content === `marker ${mark}`);
      await client.settled();
      const told = client.frames.filter((each) => JSON.stringify(each).includes(`"channelId":${scene.channelId}`));
      await Promise.all([client.close(), author.close()]);

      expect(told.length > 0).toBe(code === 0);
    });
  });

  it.each(WITHOUT_TOKEN)('connect: nobody %s, in any dialect', async (persona) => {
    const token = tokenOf(persona);
    for (const path of ['/client', '/messaging', '/ws']) {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const { status, body } = await attemptUpgrade(server.httpOrigin, { path, headers });
      expect([path, status]).toEqual([path, 401]);
      expect(JSON.parse(body)).toMatchObject({ code: 401 });
    }
  });

  it('are asked in the table: every persona of every route', () => {
    for (const { expected } of Object.values(ACCESS)) expect(Object.keys(expected)).toEqual([...personas]);
  });
});
