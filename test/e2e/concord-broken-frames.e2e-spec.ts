import { brokenConcordFrames, goodConcordFrame, strangeConcordFrames } from '../support/bad-input/concord-frames.js';
import { type ConcordPlan, concordPlans, type ConcordType, concordTypes } from '../support/bad-input/concord-plans.js';
import { ConcordProbe } from '../support/bad-input/concord-probe.js';
import type { BrokenFrame } from '../support/bad-input/broken-frames.js';
import type { ConcordChat } from '../support/concord-client.js';
import { TestServer } from '../support/parlance.js';

const MEGABYTE = 1_048_576;

describe('Broken frames of concord clients', () => {
  let server: TestServer;
  let probe: ConcordProbe;
  let plans: Readonly<Record<ConcordType, ConcordPlan>>;

  beforeAll(async () => {
    server = await TestServer.start();
    probe = await ConcordProbe.open(server);
    plans = concordPlans(probe.world);
    await probe.witnessed();
  });

  afterAll(async () => {
    await probe.close();
    await server.stop();
  });

  async function expectRefusals(broken: readonly BrokenFrame[]): Promise<void> {
    const before = await probe.content();
    expect(await probe.complaints(broken)).toEqual([]);
    expect(await probe.content()).toBe(before);
    expect(await probe.witnessed()).toEqual([]);
  }

  it.each(concordTypes)('refuses %s with the first faulty field, and nothing else happens', (type) =>
    expectRefusals(brokenConcordFrames(type, plans[type])),
  );

  it('refuses what is no frame of this dialect', () => expectRefusals(strangeConcordFrames));

  // After all that must change nothing, for these do.
  it.each(concordTypes)('does a good %s all the same with unknown fields in it, however hostile', async (type) => {
    probe.client.frames.splice(0);
    probe.client.send(goodConcordFrame(type, plans[type]));
    expect(
      await probe.client.next((frame) => frame.type === 'error' || frame.type === plans[type].answer),
    ).toMatchObject({
      type: plans[type].answer,
    });
  });

  it('lets the last of two equal keys count', async () => {
    const { channelId } = probe.world;
    probe.client.send(
      `{"type":"chat_typing","type":"chat_written","channelId":${channelId},"content":1,"content":"Two"}`,
    );
    expect((await probe.client.chat(({ content }) => content === 'Two')).channelId).toBe(channelId);
  });

  it.each(['__proto__', 'constructor', 'toString', '"', '\\', '\u2028', '%s', '\ufeff', ' ', '🐟'])(
    'keeps %j like any other text and reaction',
    async (text) => {
      const chat: ConcordChat = await probe.client.writes(probe.world.channelId, text);
      probe.client.react(chat.id, text);
      const { reactions } = await probe.client.of('chat_reactions_updated', ({ chatId }) => chatId === chat.id);
      expect(Object.entries(reactions as object)).toEqual([[text, 1]]);
      const { body } = await server.rest('User1').get(`/chats/${chat.id}`);
      expect(body).toMatchObject({ content: text });
      expect(Object.entries(body.reactions as object)).toEqual([[text, 1]]);
    },
  );

  it.each([
    ['text', 'x'.repeat(10 * MEGABYTE)],
    ['JSON', JSON.stringify({ type: 'chat_written', channelId: 1, content: 'x'.repeat(10 * MEGABYTE) })],
    ['one byte too much', 'x'.repeat(MEGABYTE + 1)],
  ])('closes with 1009 on too much %s, and lets the client come back', async (_what, data) => {
    const before = await probe.content();
    const client = await server.connectConcord('User1');
    client.socket.on('error', () => undefined);
    client.send(data);
    expect((await client.closed).code).toBe(1009);
    expect(await probe.content()).toBe(before);
    const again = await server.connectConcord('User1');
    await again.settled();
  });

  it('takes a text of exactly 64 KiB', async () => {
    const content = '€'.repeat(21_845) + 'x';
    expect((await probe.client.writes(probe.world.channelId, content)).content).toBe(content);
  });
});
