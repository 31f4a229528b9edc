import type { ConcordChat } from '../support/concord-client.js';
import { DocumentedRest, type DocumentedRestClient } from '../support/documented-rest.js';
import { aText } from '../support/expectations.js';
import { TestServer } from '../support/parlance.js';

describe('GET /chats', () => {
  let server: TestServer;
  let rest: DocumentedRest;
  let ann: DocumentedRestClient;
  let ben: DocumentedRestClient;
  let [annId, benId] = [0, 0];
  let [food, work] = [0, 0];
  let threadId = 0;
  const chats: ConcordChat[] = [];
  const chatAt = (place: number): ConcordChat => {
    const chat = chats[place];
    if (!chat) throw new Error(`there is no text ${place}`);
    return chat;
  };

  /** Who, where and what, in this order. */
  const TEXTS = [
    ['ann', 'food', 'Tomato soup is the best soup'],
    ['ben', 'food', 'Zuppa di pomodoro, per favore'],
    ['ann', 'food', 'Суп и хлеб'],
    ['ben', 'food', '番茄 汤 很 好吃'],
    ['ann', 'work', 'The soup of the day is late'],
    ['ben', 'work', 'Best practices: naïve Ångström façade'],
    ['ann', 'work', 'see https://example.com/soup?x=1 and mail ann@example.com'],
    ['ben', 'thread', 'A thread about tomato'],
    ['ann', 'thread', 'شوربة الطماطم'],
    ['ben', 'work', '100% C++ & SQL: \'or\' "and" (not) -minus | pipe <b>bold</b>'],
  ] as const;

  beforeAll(async () => {
    server = await TestServer.start();
    rest = await DocumentedRest.over(server);
    [ann, ben] = [rest.as('Ann'), rest.as('Ben')];
    const admin = rest.as('Boss', { roles: ['admin'] });
    const idOf = async (asked: Promise<{ body: { id: number } }>): Promise<number> => (await asked).body.id;
    [annId, benId] = [await idOf(ann.get('/self')), await idOf(ben.get('/self'))];
    food = await idOf(admin.post('/channels', { name: 'food' }));
    work = await idOf(admin.post('/channels', { name: 'work' }));
    for (const [who, where, content] of TEXTS) {
      const author = who === 'ann' ? ann : ben;
      if (where === 'thread')
        threadId ||= await idOf(ann.post(`/channels/${food}/threads`, { sourceChatId: chatAt(0).id, name: 't' }));
      const place = where === 'work' ? work : food;
      const body = { content, ...(where === 'thread' && { threadId }) };
      chats.push((await author.post<ConcordChat>(`/channels/${place}/chats`, body)).body);
    }
  });

  afterAll(() => server.stop());

  const search = async (query: Record<string, string | number>, client = ann): Promise<ConcordChat[]> => {
    const text = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const { status, body } = await client.get<ConcordChat[]>(`/chats?${text.toString()}`);
    expect(status).toBe(200);
    return body;
  };
  /** Their places among the texts. */
  const found = async (query: Record<string, string | number>, client = ann): Promise<number[]> =>
    (await search(query, client)).map(({ id }) => chats.findIndex((chat) => chat.id === id));

  it('lists all chats of all channels, newest first, as they are read', async () => {
    expect(await search({})).toEqual([...chats].reverse());
  });

  it.each<[string, number[]]>([
    ['soup', [4, 0]],
    ['SOUP', [4, 0]],
    ['soup best', [0]],
    ['best soup', [0]],
    ['"best soup"', [0]],
    ['"soup best"', []],
    ['tomato', [7, 0]],
    ['tomato -thread', [0]],
    ['tomato or pomodoro', [7, 1, 0]],
    ['zuppa pomodoro', [1]],
    ['суп', [2]],
    ['ХЛЕБ', [2]],
    ['汤', [3]],
    ['الطماطم', [8]],
    ['ångström', [5]],
    ['naïve façade', [5]],
    ['https://example.com/soup?x=1', [6]],
    ['mail https://example.com/soup?x=1', [6]],
    ['"see https://example.com/soup?x=1 and"', [6]],
    ['example.com/soup?x=1', [6]],
    ['https://example.com/soup?x=1 or pomodoro', [6, 1]],
    ['-https://example.com/soup?x=1 soup', [4, 0]],
    ['https://example.com/soup?x=2', []],
    ['nothing-of-this-is-there', []],
    ['', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
  ])('finds by the words %j', async (query, expected) => {
    expect(await found({ query })).toEqual(expected);
  });

  it.each([
    '"',
    '""',
    '"unclosed',
    "'",
    "o'clock",
    '-',
    '--',
    'or',
    'or or or',
    '-or',
    '& | ! ( ) : * < >',
    'a:*',
    '!soup',
    'soup & tomato',
    '\\',
    '\\\\',
    '%',
    '_',
    '$1',
    '; drop table messages',
    '<->',
    '😂',
    '\u202e',
    'x'.repeat(1_000),
    '"a" '.repeat(200),
  ])('takes %j as words and not as a command', async (query) => {
    const { status } = await ann.get(`/chats?query=${encodeURIComponent(query)}`);
    expect(status).toBe(200);
  });

  it.each<[string, () => Record<string, string | number>, number[]]>([
    ['by channel', () => ({ channelId: work }), [9, 6, 5, 4]],
    ['by channel, threads of it too', () => ({ channelId: food }), [8, 7, 3, 2, 1, 0]],
    ['by thread', () => ({ threadId }), [8, 7]],
    ['by thread and its channel', () => ({ threadId, channelId: food }), [8, 7]],
    ['in no thread', () => ({ threadId: -1 }), [9, 6, 5, 4, 3, 2, 1, 0]],
    ['in a channel and no thread', () => ({ threadId: -1, channelId: food }), [3, 2, 1, 0]],
    ['by author', () => ({ authorId: annId }), [8, 6, 4, 2, 0]],
    ['by an author whom nobody knows', () => ({ authorId: 999_999 }), []],
    ['before an id', () => ({ before: chatAt(3).id }), [2, 1, 0]],
    ['after an id', () => ({ after: chatAt(6).id }), [9, 8, 7]],
    ['between ids', () => ({ after: chatAt(2).id, before: chatAt(5).id }), [4, 3]],
    ['between ids that leave nothing', () => ({ after: chatAt(5).id, before: chatAt(2).id }), []],
    ['before the first', () => ({ before: chatAt(0).id }), []],
    ['after the last', () => ({ after: chatAt(9).id }), []],
    ['before 0', () => ({ before: 0 }), []],
    ['by words, author and channel', () => ({ query: 'soup', authorId: annId, channelId: work }), [4]],
    ['by words in a thread', () => ({ query: 'tomato', threadId }), [7]],
    ['by words in no thread', () => ({ query: 'tomato', threadId: -1 }), [0]],
    ['by words and author of another', () => ({ query: 'soup', authorId: benId }), []],
    [
      'by all at once',
      () => ({
        query: 'soup',
        authorId: annId,
        channelId: food,
        threadId: -1,
        after: 0,
        before: chatAt(9).id,
        page: 0,
        size: 5,
      }),
      [0],
    ],
    ['by a page', () => ({ size: 3 }), [9, 8, 7]],
    ['by a later page', () => ({ size: 3, page: 2 }), [3, 2, 1]],
    ['by the last page', () => ({ size: 3, page: 3 }), [0]],
    ['by a page behind the end', () => ({ size: 3, page: 4 }), []],
    ['by a page far behind the end', () => ({ size: 500, page: 1_000_000_000 }), []],
    ['by a page of what is found', () => ({ query: 'tomato', size: 1, page: 1 }), [0]],
  ])('finds %s', async (_what, query, expected) => {
    expect(await found(query())).toEqual(expected);
  });

  it('takes a bound from 10^12 on for a time, and what is at it is not found', async () => {
    const [third, sixth] = [chatAt(3).createdAt, chatAt(6).createdAt];
    const expected = chats.filter(({ createdAt }) => createdAt > third && createdAt < sixth).reverse();

    expect(await search({ after: third, before: sixth })).toEqual(expected);
    expect(await search({ before: Date.now() + 100_000 })).toHaveLength(10);
    expect(await search({ after: Date.now() + 100_000 })).toEqual([]);
    expect(await search({ after: 1_000_000_000_000 })).toHaveLength(10);
    expect(await search({ before: 1_000_000_000_000 })).toEqual([]);
    expect(await search({ before: 999_999_999_999 })).toHaveLength(10);
    expect(await search({ after: third, before: chatAt(6).id, channelId: work })).toEqual(
      chats
        .filter(({ createdAt, id, channelId }) => createdAt > third && id < chatAt(6).id && channelId === work)
        .reverse(),
    );
  });

  it('knows no channel or thread that is not there, nor a thread of another channel', async () => {
    for (const [query, field] of [
      ['channelId=999999', 'channelId'],
      ['threadId=999999', 'threadId'],
      [`threadId=${threadId}&channelId=${work}`, 'threadId'],
    ] as const) {
      expect(await ann.get(`/chats?${query}`)).toEqual({
        status: 404,
        body: { code: 404, message: aText, details: { field } },
      });
    }
  });

  it('leaves out what the claim topics does not allow, and says so where it is asked for', async () => {
    const bound = rest.as('Eve', { topics: { subscribe: ['chat.food'], publish: ['>'] } });
    const nobody = rest.as('Eve', { topics: { subscribe: [], publish: ['>'] } });

    expect(await found({}, bound)).toEqual([8, 7, 3, 2, 1, 0]);
    expect(await found({ query: 'soup' }, bound)).toEqual([0]);
    expect(await found({}, nobody)).toEqual([]);
    expect(await bound.get(`/chats?channelId=${work}`)).toMatchObject({ status: 403 });
    expect(await nobody.get(`/chats?threadId=${threadId}`)).toMatchObject({ status: 403 });
  });

  it('follows edits and deletions', async () => {
    const { body: chat } = await ann.post<ConcordChat>(`/channels/${food}/chats`, { content: 'aubergine' });
    const ids = async (query: string): Promise<number[]> => (await search({ query })).map(({ id }) => id);
    expect(await ids('aubergine')).toEqual([chat.id]);

    await ann.patch(`/chats/${chat.id}`, { content: 'courgette' });
    expect(await ids('aubergine')).toEqual([]);
    expect(await search({ query: 'courgette' })).toEqual([{ ...chat, content: 'courgette', edited: true }]);

    await ann.delete(`/chats/${chat.id}`);
    expect(await ids('courgette')).toEqual([]);
    expect(await search({ after: chat.id - 1 })).toEqual([]);
  });

  it('finds what other dialects wrote into channels, and nothing of dialogs and groups', async () => {
    const phone = await server.connect('Ann');
    const screen = await server.connectRealtime('Ann');
    await phone.request('new', { chatId: 'Ben', message: 'kohlrabi for two' });
    const { chatId } = await phone.request<{ chatId: string }>('createChat', { name: 'us', participants: ['Ben'] });
    await phone.request('new', { chatId, message: 'kohlrabi for us' });
    await screen.broadcast('chat.food', { message: 'kohlrabi for all', n: 1 });
    await screen.broadcast('chat.food', { note: 'kohlrabi' });
    await screen.broadcast('chat.food', { message: 'kohlrabi' }, { encryption: 'aes256' });

    expect((await search({ query: 'kohlrabi' })).map(({ content }) => content)).toEqual(['kohlrabi for all']);
    expect((await search({ authorId: annId, size: 1 }))[0]?.content).toBe('kohlrabi for all');
  });

  it.each([
    ['channelId=abc', 'channelId'],
    ['channelId=0', 'channelId'],
    ['channelId=-1', 'channelId'],
    ['channelId=1.5', 'channelId'],
    ['channelId=', 'channelId'],
    ['channelId=1&channelId=2', 'channelId'],
    ['channelId[]=1', undefined],
    ['channelId=9007199254740992', 'channelId'],
    ['threadId=-2', 'threadId'],
    ['threadId=null', 'threadId'],
    ['authorId=Ann', 'authorId'],
    ['before=yesterday', 'before'],
    ['before=-1', 'before'],
    ['after=1e12', 'after'],
    ['after=2026-01-01', 'after'],
    ['page=-1', 'page'],
    ['page=1000000001', 'page'],
    ['page=first', 'page'],
    ['size=0', 'size'],
    ['size=501', 'size'],
    ['size=', 'size'],
    [`query=${'x'.repeat(1_001)}`, 'query'],
    ['query=a%00b', 'query'],
    ['query=a&query=b', 'query'],
  ])('refuses ?%s', async (query, field) => {
    const answer = await ann.get(`/chats?${query}`);
    // A field that nobody knows is passed over.
    if (field === undefined) expect(answer).toMatchObject({ status: 200 });
    else expect(answer).toEqual({ status: 400, body: { code: 400, message: aText, details: { field } } });
  });

  it('passes over what it does not know', async () => {
    expect(await ann.get('/chats?unknown=1&__proto__=2&constructor=3&size=1')).toMatchObject({ status: 200 });
  });
});
