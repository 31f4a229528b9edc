import { HandlesPayload, type RequestOf } from '#extension-api';
import { aTime } from '../../test/support/expectations.js';
import { freshUsers } from '../../test/support/fresh-users.js';
import type { MessagingClient } from '../../test/support/messaging-client.js';
import { TestServer } from '../../test/support/parlance.js';
import type { PollState } from './payloads.js';
import { VoteDto } from './poll.dto.js';
import { polls } from './polls.js';

const LUNCH = { question: 'Lunch?', options: ['Soup', 'Salad'], clientPollId: 'lunch' };

const REALTIME = { protocols: ['realtime.v1'] };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({}, undefined, [polls]);
});

afterAll(() => server.stop());

/** A poll in the dialog of two fresh users, who are connected, and somebody who has nothing to do with it. */
async function aPoll() {
  const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
  const [anns, bens, eves] = await Promise.all([ann, ben, eve].map((user) => server.connect(user)));
  if (!anns || !bens || !eves) throw new Error('somebody is missing');
  const made = await anns.request<PollState>('createPoll', { chatId: ben, ...LUNCH });
  const { pollId } = made;
  return { ann, ben, eve, anns, bens, eves, made, pollId };
}

const isRevision =
  (revision: number) =>
  (payload: Record<string, unknown>): boolean =>
    payload.revision === revision;

describe('createPoll', () => {
  it('answers with the poll, tells the chat, and is a message in it', async () => {
    const { ann, ben, anns, bens, made, pollId } = await aPoll();
    expect(made).toEqual({
      pollId: expect.any(Number) as number,
      chatId: ben,
      question: 'Lunch?',
      options: [
        { text: 'Soup', votes: 0 },
        { text: 'Salad', votes: 0 },
      ],
      createdBy: ann,
      createdAt: aTime,
      revision: 1,
    });
    expect(await bens.event('pollChanged')).toEqual({
      type: 'event',
      eventType: 'pollChanged',
      timestamp: aTime,
      payload: { ...made, chatId: ann },
    });
    for (const client of [anns, bens]) {
      const { payload } = await client.event('new');
      expect(payload).toMatchObject({ sender: ann, message: '📊 Lunch?', clientMessageId: `poll-${pollId}` });
    }
  });

  it('is one poll and one message when the client retries', async () => {
    const { ben, anns, bens, made } = await aPoll();
    const again = { chatId: ben, ...LUNCH, question: 'Dinner?' };
    expect(await anns.request('createPoll', again)).toEqual(made);
    await bens.settled();
    expect(bens.events('new')).toHaveLength(1);
  });

  it.each([
    ['chatId', { ...LUNCH }],
    ['question', { ...LUNCH, chatId: 'Ben', question: '' }],
    ['options', { ...LUNCH, chatId: 'Ben', options: ['one'] }],
    ['options.1', { ...LUNCH, chatId: 'Ben', options: ['one', 2] }],
    ['clientPollId', { ...LUNCH, chatId: 'Ben', clientPollId: null }],
  ])('names %s where it is wrong', async (field, payload) => {
    const [ann] = freshUsers('Ann');
    const answer = await (await server.connect(ann)).ask('createPoll', payload);
    expect(answer.error).toMatchObject({ code: 400, details: { field: `payload.${field}` } });
  });
});

describe('vote', () => {
  it('counts one vote of each user, the last one, and tells everybody how it stands', async () => {
    const { anns, bens, pollId } = await aPoll();
    await anns.request('vote', { pollId, option: 0 });
    await bens.request('vote', { pollId, option: 0 });
    const state = await bens.request<PollState>('vote', { pollId, option: 1 });
    expect(state.options.map(({ votes }) => votes)).toEqual([1, 1]);
    const { payload } = await anns.event('pollChanged', isRevision(state.revision));
    expect(payload).toMatchObject({ pollId, options: state.options });
    expect(await bens.request('poll', { pollId })).toEqual({ ...state, vote: 1 });
  });

  it('changes nothing and tells nobody where it is repeated', async () => {
    const { anns, bens, pollId } = await aPoll();
    const first = await bens.request('vote', { pollId, option: 0 });
    expect(await bens.request('vote', { pollId, option: 0 })).toEqual(first);
    await anns.settled();
    expect(anns.events('pollChanged').filter(({ payload }) => payload?.revision !== 1)).toHaveLength(1);
  });

  it('counts the votes of many at once, each of whose states has a number of its own', async () => {
    const [ann, ...others] = freshUsers('Ann', ...Array.from({ length: 12 }, (_, index) => `U${index}`));
    const anns = await server.connect(ann);
    const { chatId } = await anns.request<{ chatId: string }>('createChat', { name: 'All', participants: others });
    const { pollId } = await anns.request<PollState>('createPoll', { chatId, ...LUNCH });
    const voters = await Promise.all(others.map((user) => server.connect(user)));
    const states = await Promise.all(voters.map((client) => client.request<PollState>('vote', { pollId, option: 1 })));
    expect(await anns.request('poll', { pollId })).toMatchObject({
      revision: 13,
      options: [{ votes: 0 }, { votes: 12 }],
    });
    for (const { revision, options } of states) expect(options[1]?.votes).toBe(revision - 1);
  });

  it('knows no poll of a chat that the user is not in', async () => {
    const { eves, pollId } = await aPoll();
    const unknown = { code: 404, message: 'unknown poll', details: { field: 'payload.pollId' } };
    expect((await eves.ask('vote', { pollId, option: 0 })).error).toEqual(unknown);
    expect((await eves.ask('vote', { pollId: pollId + 1_000_000, option: 0 })).error).toEqual(unknown);
    expect(eves.events('pollChanged')).toEqual([]);
  });

  it('knows no poll of a group that the user has left', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    const { chatId } = await anns.request<{ chatId: string }>('createChat', { name: 'We', participants: [ben] });
    const { pollId } = await anns.request<PollState>('createPoll', { chatId, ...LUNCH });
    await bens.request('vote', { pollId, option: 0 });
    await bens.request('leaveChat', { chatId });
    for (const asked of ['vote', 'poll', 'closePoll']) {
      expect((await bens.ask(asked, { pollId, option: 1 })).error).toMatchObject({ code: 404 });
    }
    await anns.request('closePoll', { pollId });
    await bens.settled();
    expect(bens.events('pollChanged').filter(({ payload }) => payload?.closedAt !== undefined)).toEqual([]);
  });

  it.each([
    ['pollId', { option: 0 }],
    ['option', { pollId: 1, option: -1 }],
  ])('names %s where it is wrong', async (field, payload) => {
    const { anns } = await aPoll();
    expect((await anns.ask('vote', payload)).error).toMatchObject({
      code: 400,
      details: { field: `payload.${field}` },
    });
  });

  it('refuses an option that the poll does not have', async () => {
    const { anns, pollId } = await aPoll();
    const { error } = await anns.ask('vote', { pollId, option: 2 });
    expect(error).toMatchObject({ code: 400, details: { field: 'payload.option' } });
  });

  it('is done and shown in realtime, too', async () => {
    const { ann, ben, bens, pollId } = await aPoll();
    const [here, there] = await Promise.all([ann, ben].map((user) => server.connectRealtime(user, REALTIME)));
    expect(await here?.ask('X-Vote', { pollId, option: 1 })).toMatchObject({ type: 'Ack', data: { status: 'ok' } });
    const { payload } = await bens.event('pollChanged', isRevision(2));
    expect(await there?.of('X-PollChanged')).toEqual({ type: 'X-PollChanged', data: payload, timestamp: aTime });
    const { data } = (await here?.ask('X-Vote', { pollId, option: 'none' })) ?? {};
    expect(data).toMatchObject({ code: 400, details: { field: 'data.option' } });
  });
});

describe('closePoll', () => {
  it('is for whoever made the poll, once, and ends the voting', async () => {
    const { anns, bens, pollId } = await aPoll();
    expect((await bens.ask('closePoll', { pollId })).error).toMatchObject({ code: 403 });
    const closed = await anns.request<PollState>('closePoll', { pollId });
    expect(closed).toMatchObject({ closedAt: aTime, revision: 2 });
    expect(await anns.request('closePoll', { pollId })).toEqual(closed);
    expect((await bens.ask('vote', { pollId, option: 0 })).error).toMatchObject({ code: 409 });
    expect((await bens.event('pollChanged', isRevision(2))).payload).toMatchObject({ closedAt: closed.closedAt });
  });
});

describe('GET /api/polls/:id', () => {
  it('shows the poll to whom it concerns, and to nobody else', async () => {
    const { ann, ben, eve, made, pollId } = await aPoll();
    expect(await server.rest(ben).get(`/polls/${pollId}`)).toEqual({ status: 200, body: { ...made, chatId: ann } });
    expect((await server.rest().get(`/polls/${pollId}`)).status).toBe(401);
    for (const [user, id] of [
      [eve, pollId],
      [ann, pollId + 1_000_000],
      [ann, 'x'],
    ] as const) {
      expect((await server.rest(user).get(`/polls/${id}`)).status).toBe(404);
    }
  });

  it('is described in the OpenAPI document', async () => {
    const answer = await fetch(`${server.httpOrigin}/docs/openapi.json`);
    const { paths, components } = (await answer.json()) as { paths: object; components: { schemas: object } };
    expect(paths).toHaveProperty(['/api/polls/{id}', 'get', 'security']);
    expect(components.schemas).toHaveProperty('PollView.properties.revision');
  });
});

describe('the server', () => {
  it('keeps votes over a restart, and runs the migration once', async () => {
    const first = await TestServer.start({}, undefined, [polls]);
    const pollId = await votedIn(await first.connect('Ann'));
    await first.drain();
    const second = await TestServer.start({}, () => first.database.url, [polls]);
    expect(await (await second.connect('Ann')).request('poll', { pollId })).toMatchObject({ vote: 1, revision: 2 });
    await second.stop();
    await first.stop();
  });
});

async function votedIn(client: MessagingClient): Promise<number> {
  const { pollId } = await client.request<PollState>('createPoll', { chatId: 'Ben', ...LUNCH });
  await client.request('vote', { pollId, option: 1 });
  return pollId;
}

describe('the types', () => {
  it('know what the requests of the module ask', () => {
    const vote: RequestOf<'vote'> = { pollId: 1, option: 0 };
    // @ts-expect-error a vote is a number
    const wrong: RequestOf<'vote'> = { pollId: 1, option: 'soup' };
    expect([vote, wrong]).toHaveLength(2);
  });

  it('refuse a handler that takes or answers something else', () => {
    class Wrong {
      // @ts-expect-error it answers no poll
      @HandlesPayload('vote', { payload: VoteDto })
      vote(_request: VoteDto): Promise<{ readonly votes: number }> {
        return Promise.resolve({ votes: 1 });
      }
    }
    expect(Wrong).toBeDefined();
  });
});
