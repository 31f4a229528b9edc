import { once } from 'node:events';
import { TestServer } from '../support/parlance.js';
import { brokenEnvelopes, brokenPayloads, goodFrame, strangeFrames } from '../support/bad-input/broken-frames.js';
import type { PayloadPlan } from '../support/bad-input/payload-plan.js';
import { type MessagingType, payloadPlans, payloadTypes } from '../support/bad-input/payload-plans.js';
import { Probe } from '../support/bad-input/probe.js';
import { heardOf, inhabit } from '../support/bad-input/world.js';

const MEGABYTE = 1_048_576;

describe('Bad input', () => {
  let server: TestServer;
  let probe: Probe;
  let plans: Readonly<Record<MessagingType, PayloadPlan>>;

  beforeAll(async () => {
    server = await TestServer.start();
    probe = await Probe.open(server, 'User1', 'User2');
    const world = await inhabit(probe.client, 'User2');
    await heardOf(world, probe.witness);
    plans = payloadPlans(world);
    await probe.witnessed();
  });

  afterAll(async () => {
    await probe.close();
    await server.stop();
  });

  describe.each(payloadTypes)('%s', (payloadType) => {
    it('is refused with the first faulty field of its payload, and nothing else happens', async () => {
      const before = await probe.content();
      expect(await probe.complaints(brokenPayloads(payloadType, plans[payloadType]))).toEqual([]);
      expect(await probe.content()).toBe(before);
      expect(await probe.witnessed()).toEqual([]);
    });

    it('is refused with the first faulty field of its envelope, and nothing else happens', async () => {
      const before = await probe.content();
      expect(await probe.complaints(brokenEnvelopes(payloadType, plans[payloadType]))).toEqual([]);
      expect(await probe.content()).toBe(before);
      expect(await probe.witnessed()).toEqual([]);
    });
  });

  it('refuses what is no frame of this dialect', async () => {
    const before = await probe.content();
    expect(await probe.complaints(strangeFrames)).toEqual([]);
    expect(await probe.content()).toBe(before);
    expect(await probe.witnessed()).toEqual([]);
  });

  // After all that must change nothing, for these do.
  it.each(payloadTypes)(
    'does a good %s all the same with unknown fields in it, however hostile',
    async (payloadType) => {
      const { kind, goodCode } = plans[payloadType];
      const answers = await probe.answersTo(goodFrame(payloadType, plans[payloadType]));
      const codes = answers.filter(({ type }) => type === 'response').map(({ error }) => error?.code);
      expect(codes).toEqual(kind === 'request' ? [goodCode] : []);
    },
  );

  it('lets the last of two equal keys count', async () => {
    const frame =
      '{"type":"event","type":"request","id":5,"id":"twice","payloadType":"chats","payload":{"limit":0,"limit":1}}';
    const [answer] = await probe.answersTo(frame);
    expect(answer).toMatchObject({ id: 'twice', payloadType: 'chats', payload: { chats: [expect.anything()] } });
  });

  it.each(['', '\0', '\ud800', '__proto__', 'x'.repeat(100_000)])('echoes the id %j', async (id) => {
    const [answer] = await probe.answersTo(JSON.stringify({ type: 'request', id, payloadType: 'chats', payload: {} }));
    expect(answer?.id).toBe(id);
    expect(answer?.error).toBeUndefined();
  });

  it.each([
    ['1e400', 'Infinity'],
    ['-0', '0'],
    ['1.5', '1.5'],
    ['9007199254740993', '9007199254740992'],
    ['""', ''],
    ['"__proto__"', '__proto__'],
    ['"1e3"', '1e3'],
    ['"\\ud800"', '\ud800'],
  ])('answers an ack of %s, which was never sent', async (id, echoed) => {
    const answers = await probe.answersTo(`{"type":"ack","id":${id}}`);
    expect(answers).toEqual([{ type: 'response', id: echoed, timestamp: expect.any(Number) as number }]);
  });

  it('keeps names that objects inherit like any other', async () => {
    const { client } = probe;
    for (const name of ['__proto__', 'constructor', 'toJSON', 'hasOwnProperty']) {
      const { messageId } = await client.request('new', { chatId: name, message: name, clientMessageId: name });
      const reacting = { chatId: name, messageId, adding: true };
      await client.request('react', { ...reacting, reaction: name });
      const { reactions } = await client.request('react', { ...reacting, reaction: '👍' });
      expect(Object.entries(reactions as object)).toEqual([
        [name, 1],
        ['👍', 1],
      ]);
      const { messages } = await client.request<{ messages: { sender: string; reactions: object }[] }>('messages', {
        chatId: name,
      });
      expect(messages).toMatchObject([{ clientMessageId: name, message: name }]);
      expect(Object.entries(messages[0]?.reactions ?? {})).toEqual([
        [name, 1],
        ['👍', 1],
      ]);
      const { items } = await client.request('presence', { userIds: [name] });
      expect(items).toEqual([{ userId: name, status: 'offline' }]);
    }
  });

  it('keeps what is in attachments and forwarded exactly as sent, whatever it is called', async () => {
    const own = '{"__proto__":{"a":1},"constructor":null,"toJSON":"x","a":{"b":[[],{}]},"big":9007199254740991}';
    const attachment = `{"type":"file","id":"","filename":"\\u2028","url":"","own":${own},"__proto__":{"url":1}}`;
    const payload = `{"chatId":"User9","attachments":[${attachment}],"forwarded":${own}}`;
    await probe.answersTo(`{"type":"request","id":"kept","payloadType":"new","payload":${payload}}`);
    await probe.client.request('messages', { chatId: 'User9' });
    const [answer] = probe.client.frames.slice(-1);
    const [message] = (answer?.payload as { messages: { attachments: unknown; forwarded: unknown }[] }).messages;
    expect(JSON.stringify(message?.attachments)).toBe(JSON.stringify([JSON.parse(attachment)]));
    expect(JSON.stringify(message?.forwarded)).toBe(own);
  });

  it.each([
    ['text', 'x'.repeat(10 * MEGABYTE)],
    [
      'JSON',
      JSON.stringify({
        type: 'request',
        id: 'a',
        payloadType: 'new',
        payload: { chatId: 'User2', message: 'x'.repeat(10 * MEGABYTE) },
      }),
    ],
    ['one byte too much', 'x'.repeat(MEGABYTE + 1)],
    ['nesting', '['.repeat(5 * MEGABYTE) + ']'.repeat(5 * MEGABYTE)],
  ])('closes with 1009 on 10 MB of %s, and lets the client come back', async (_what, data) => {
    const before = await probe.content();
    const client = await server.connect('User1');
    client.socket.on('error', () => undefined);
    client.send(data);
    expect((await client.closed).code).toBe(1009);
    expect(await probe.content()).toBe(before);
    const again = await server.connect('User1');
    expect(await again.request('chats', { limit: 1 })).toMatchObject({ chats: [expect.anything()] });
  });

  it('closes with 1009 on 10 MB in small pieces', async () => {
    const client = await server.connect('User1');
    client.socket.on('error', () => undefined);
    for (let piece = 0; piece < 160 && client.socket.readyState === client.socket.OPEN; piece += 1) {
      client.socket.send('x'.repeat(MEGABYTE / 16), { fin: false });
    }
    expect((await client.closed).code).toBe(1009);
    await probe.client.settled();
  });

  it('takes a frame of exactly 1 MiB', async () => {
    const frame = '{"type":"request","id":"full","payloadType":"chats","payload":{}}';
    const [answer] = await probe.answersTo(frame.padEnd(MEGABYTE));
    expect(answer).toMatchObject({ id: 'full', payload: {} });
  });

  it('never says more of itself than the error', async () => {
    const frame = { type: 'request', id: 'a', payloadType: '__proto__', payload: {} };
    const [answer] = await probe.answersTo(JSON.stringify(frame));
    expect(Object.keys(answer ?? {}).sort()).toEqual(['error', 'id', 'payloadType', 'timestamp', 'type']);
    expect(Object.keys(answer?.error ?? {}).sort()).toEqual(['code', 'details', 'message']);
  });

  it('outlives clients that go in the middle of a frame', async () => {
    const client = await server.connect('User1');
    client.socket.send('{"type":"request","id":"', { fin: false });
    await client.vanish();
    await probe.client.settled();
    const closing = await server.connect('User1');
    const closed = once(closing.socket, 'close');
    closing.socket.send('{"type":', { fin: false });
    closing.socket.close(4999, 'bye');
    await closed;
    await probe.client.settled();
  });
});
