import type { ConcordChat, ConcordClient } from '../support/concord-client.js';
import { ADMIN, caughtUp, type ConcordChannel, freshChannel, freshChannelName } from '../support/fresh-channel.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import type { RestAnswer, RestClient } from '../support/rest-client.js';

interface Node extends ConcordChannel {
  readonly children: readonly Node[];
}

interface TopicsClaim {
  readonly subscribe?: readonly string[];
  readonly publish?: readonly string[];
}

/** Two channels, of which the claim is about the first; and somebody whose token has it. */
interface Scene {
  readonly bound: ConcordChannel;
  readonly other: ConcordChannel;
  readonly topic: string;
  /** Somebody whom nothing binds. */
  readonly free: ConcordClient;
  connect(claim: TopicsClaim): Promise<ConcordClient>;
  rest(claim: TopicsClaim): RestClient;
}

describe('the claim topics in concord', () => {
  let server: TestServer;
  const admin = (): RestClient => server.rest('Admin', ADMIN);

  beforeAll(async () => {
    server = await TestServer.start();
  });

  afterAll(() => server.stop());

  async function setScene(): Promise<Scene> {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [bound, other] = [await freshChannel(server), await freshChannel(server)];
    const free = await server.connectConcord(ben);
    await caughtUp(server, [free]);
    return {
      ...{ bound, other, topic: `chat.${bound.name}`, free },
      connect: (topics) => server.connectConcord(ann, { claims: { topics } }),
      rest: (topics) => server.rest(ann, { topics }),
    };
  }

  const forbidden = (field: string): object => ({
    ...{ type: 'error', code: 403, message: expect.any(String) as string, details: { field } },
  });
  const contentsOf = (client: ConcordClient): string[] =>
    client.all('chat_sent').map(({ chat }) => (chat as ConcordChat).content);

  describe('that does not let one subscribe', () => {
    it('keeps all of the channel from the connection', async () => {
      const { bound, other, topic, free, connect } = await setScene();
      const client = await connect({ subscribe: [`chat.${other.name}`], publish: ['>'] });
      const allowed = await connect({ subscribe: [topic, `chat.${other.name}`], publish: [] });
      const first = await free.writes(other.id, 'first');
      for (const reader of [client, allowed]) await reader.chat((chat) => chat.id === first.id);
      const { id } = await free.writes(bound.id, 'secret');
      free.react(id, '😂');
      free.types(bound.id);
      await free.of('chat_typing');
      await admin().post(`/channels/${bound.id}/threads`, { sourceChatId: id, name: 'A' });
      await admin().patch(`/channels/${bound.id}`, { description: 'secret' });
      await admin().delete(`/chats/${id}`);
      await free.of('chat_deleted');
      const marker = await free.writes(other.id, 'marker');
      for (const reader of [client, allowed]) await reader.chat((chat) => chat.id === marker.id);
      await allowed.of('chat_deleted');

      const isOfChannel = ({ type }: { type: string }): boolean => !type.startsWith('user_');
      expect(client.frames.filter(isOfChannel)).toEqual([
        { type: 'chat_sent', chat: first },
        { type: 'chat_sent', chat: marker },
      ]);
      expect(new Set(allowed.frames.filter(isOfChannel).map(({ type }) => type))).toEqual(
        new Set([
          'chat_sent',
          'chat_reactions_updated',
          'chat_typing',
          'thread_created',
          'channel_updated',
          'chat_deleted',
        ]),
      );
    });

    it('keeps it from REST', async () => {
      const { bound, other, free, rest } = await setScene();
      const word = freshChannelName().replaceAll('-', '');
      const { id } = await free.writes(bound.id, `secret ${word}`);
      const shown = await free.writes(other.id, `shown ${word}`);
      const asker = rest({ subscribe: [`chat.${other.name}`], publish: ['>'] });
      const paths = ['', '/chats/latest', '/threads'].map((path) => `/channels/${bound.id}${path}`);
      for (const path of [...paths, `/chats/${id}`, `/chats/${id}/reactions`, `/chats?channelId=${bound.id}`]) {
        expect([path, (await asker.get(path)).status]).toEqual([path, 403]);
      }
      expect((await asker.get<readonly Node[]>('/channels')).body.map((channel) => channel.id)).toEqual([other.id]);
      expect((await asker.get(`/chats?query=${word}`)).body).toEqual([shown]);
    });

    it('lets one write there all the same, but touch nothing', async () => {
      const { bound, topic, free, connect, rest } = await setScene();
      const claim = { subscribe: [], publish: [topic] };
      const { id } = await free.writes(bound.id, 'of another');
      const [client, asker] = [await connect(claim), rest(claim)];
      client.types(bound.id);
      client.write(bound.id, 'by frame');
      const { id: own } = await free.chat(({ content }) => content === 'by frame');
      const overRest = await asker.post(`/channels/${bound.id}/chats`, { content: 'over REST' });
      expect(overRest).toMatchObject({ status: 201, body: { content: 'over REST' } });
      await free.of('chat_typing');

      client.react(id, '😂');
      expect(await client.error()).toEqual(forbidden('chatId'));
      expect(await asker.patch(`/chats/${own}`, { content: 'a' })).toMatchObject({ status: 403 });
      expect(await asker.delete(`/chats/${own}`)).toMatchObject({ status: 403 });
      const thread = await asker.post(`/channels/${bound.id}/threads`, { sourceChatId: own, name: 'A' });
      expect(thread).toMatchObject({ status: 403, body: { details: { field: 'channelId' } } });
      expect(client.frames.filter(({ type }) => type.startsWith('chat_'))).toEqual([]);
      await free.writes(bound.id, 'the last');
      expect(free.all('chat_edited', 'chat_deleted', 'chat_reactions_updated', 'thread_created')).toEqual([]);
    });

    it('is asked anew when the channel is renamed', async () => {
      const { bound, other, free, connect } = await setScene();
      const later = freshChannelName();
      const client = await connect({ subscribe: [`chat.${later}`, `chat.${other.name}`] });
      await free.writes(bound.id, 'before');
      await admin().patch(`/channels/${bound.id}`, { name: later });
      await free.of('channel_updated');
      await free.writes(bound.id, 'under the name that is allowed');
      await client.chat(({ content }) => content === 'under the name that is allowed');
      await admin().patch(`/channels/${bound.id}`, { name: bound.name });
      await free.of('channel_updated');
      await free.writes(bound.id, 'after');
      await free.writes(other.id, 'marker');
      await client.chat(({ content }) => content === 'marker');
      expect(contentsOf(client)).not.toContain('after');
    });
  });

  describe('that does not let one publish', () => {
    it('answers 403 to every frame that writes, and nothing comes of it', async () => {
      const { bound, other, free, connect } = await setScene();
      const { id } = await free.writes(bound.id, 'to be read');
      const client = await connect({ subscribe: ['>'], publish: [`chat.${other.name}`] });
      client.write(bound.id, 'not allowed');
      expect(await client.error()).toEqual(forbidden('channelId'));
      client.types(bound.id);
      expect(await client.error()).toEqual(forbidden('channelId'));
      client.react(id, '😂');
      expect(await client.error()).toEqual(forbidden('chatId'));

      await client.writes(other.id, 'allowed');
      await free.chat(({ content }) => content === 'allowed');
      expect(contentsOf(free)).toEqual(['to be read', 'allowed']);
      expect(free.all('chat_typing', 'chat_reactions_updated')).toEqual([]);
    });

    it('answers 403 over REST', async () => {
      const { bound, connect, rest } = await setScene();
      const writer = await connect({ subscribe: ['>'], publish: ['>'] });
      const { id } = await writer.writes(bound.id, 'mine');
      const asker = rest({ subscribe: ['>'], publish: [] });
      const answers: RestAnswer[] = [
        await asker.post(`/channels/${bound.id}/chats`, { content: 'a' }),
        await asker.post(`/channels/${bound.id}/threads`, { sourceChatId: id, name: 'A' }),
        await asker.patch(`/chats/${id}`, { content: 'a' }),
        await asker.delete(`/chats/${id}`),
        await asker.post(`/chats/${id}/reactions`, { reaction: '😂', adding: true }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
      expect((await asker.get(`/chats/${id}`)).body).toMatchObject({ content: 'mine', reactions: {} });
    });
  });

  it('binds an admin’s token too', async () => {
    const { bound } = await setScene();
    const asker = server.rest('Admin', { ...ADMIN, topics: { subscribe: [], publish: [] } });
    expect(await asker.get(`/channels/${bound.id}`)).toMatchObject({ status: 403 });
    expect(await asker.post(`/channels/${bound.id}/chats`, { content: 'a' })).toMatchObject({ status: 403 });
  });
});
