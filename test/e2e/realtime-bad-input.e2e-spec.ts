import { barePayloads, binaryFrame, brokenBinaryFrames } from '../support/bad-input/binary-frames.js';
import {
  brokenData,
  brokenRealtimeEnvelopes,
  goodRealtimeFrame,
  strangeRealtimeFrames,
} from '../support/bad-input/realtime-frames.js';
import {
  type RealtimePlan,
  realtimePlans,
  type RealtimeType,
  realtimeTypes,
} from '../support/bad-input/realtime-plans.js';
import { complaintAbout, RealtimeProbe } from '../support/bad-input/realtime-probe.js';
import { inhabitRealtime } from '../support/bad-input/realtime-world.js';
import type { BrokenFrame } from '../support/bad-input/broken-frames.js';
import { TestServer } from '../support/parlance.js';
import type { RealtimeFrame } from '../support/realtime-client.js';

const MAX_BATCH = 100;

describe('Bad input of realtime clients', () => {
  let server: TestServer;
  let probe: RealtimeProbe;
  let plans: Readonly<Record<RealtimeType, RealtimePlan>>;

  beforeAll(async () => {
    server = await TestServer.start();
    probe = await RealtimeProbe.open(server);
    plans = realtimePlans(await inhabitRealtime(server, probe.client, 'User2'));
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

  describe.each(realtimeTypes)('%s', (type) => {
    it('is refused with the first faulty field of its data, and nothing else happens', () =>
      expectRefusals(brokenData(type, plans[type])));

    it('is refused with the first faulty field of its envelope, and nothing else happens', () =>
      expectRefusals(brokenRealtimeEnvelopes(type, plans[type])));

    it('is refused all the same in batches, each message by itself and in order', async () => {
      const before = await probe.content();
      const broken = [...brokenData(type, plans[type]), ...brokenRealtimeEnvelopes(type, plans[type])].filter(isShort);
      for (let start = 0; start < broken.length; start += MAX_BATCH) {
        const batch = broken.slice(start, start + MAX_BATCH);
        const answers = await probe.answersTo(`[${batch.map(({ data }) => data.toString()).join(',')}]`);
        expect(answers).toHaveLength(batch.length);
        expect(batch.flatMap((one, index) => complaintOf(one, answers[index]) ?? [])).toEqual([]);
      }
      expect(await probe.content()).toBe(before);
      expect(await probe.witnessed()).toEqual([]);
    });
  });

  it('refuses what is no frame of this dialect', () => expectRefusals(strangeRealtimeFrames));

  it('refuses binary frames whose header or routing line is wrong', () => expectRefusals(brokenBinaryFrames));

  it.each(barePayloads)(
    'takes a binary payload without a good routing line, which goes to nobody: %s',
    async (_what, payload) => {
      const answers = await probe.answersTo(binaryFrame(1, payload), true);
      expect(answers).toEqual([
        {
          type: 'Status',
          data: {
            status: 'binary_received',
            details: {
              size: Buffer.byteLength(payload),
              type: 'broadcast',
              checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
              recipients: 0,
            },
          },
        },
      ]);
      expect(await probe.witnessed()).toEqual([]);
    },
  );

  it('answers what is good between what is not, in a batch', async () => {
    const batch = [
      '{"type":"Ping","id":"1"}',
      '{}',
      '{"type":"Ping","id":"2"}',
      '{"type":"Subscribe","id":"3"}',
      'null',
    ];
    const answers = await probe.answersTo(`[${batch.join()}]`);
    expect(answers.map(summaryOf)).toEqual([
      'Pong',
      'Ack 1',
      'Error type',
      'Pong',
      'Ack 2',
      'Error data',
      'Error type',
    ]);
  });

  // After all that must change nothing, for these do.
  it.each(realtimeTypes)('does a good %s all the same with unknown fields in it, however hostile', async (type) => {
    const answers = await probe.answersTo(goodRealtimeFrame(type, plans[type]));
    expect(answers.map((answer) => answer.type)).toEqual(plans[type].answers);
    expect(answers.at(-1)?.data.message_id).toBe('good');
  });

  it.each([
    ['a byte order mark', '\ufeff'],
    ['an inherited name', '__proto__'],
    ['what is escaped', '"\\'],
    ['an emoji', '🐟'],
    ['255 characters', 'x'.repeat(255)],
  ])('echoes an id: %s', async (_what, id) => {
    const answers = await probe.answersTo(JSON.stringify({ type: 'Ping', id }));
    expect(answers.map(summaryOf)).toEqual(['Pong', `Ack ${id}`]);
  });

  it('lets the last of two equal keys count', async () => {
    const answers = await probe.answersTo(
      '{"type":"Nosuch","type":"Ping","id":5,"id":"twice","data":1,"data":{"timestamp":7}}',
    );
    expect(answers).toEqual([
      { type: 'Pong', data: { timestamp: 7 } },
      { type: 'Ack', data: { message_id: 'twice', status: 'ok' } },
    ]);
  });
});

/** So short that a hundred of them fit into a frame. */
function isShort({ data }: BrokenFrame): boolean {
  return data.length < 10_000;
}

function complaintOf(broken: BrokenFrame, answer: RealtimeFrame | undefined): string | undefined {
  const complaint = complaintAbout(answer ? [answer] : [], broken.refusal);
  return complaint === undefined ? undefined : `${broken.what}: ${complaint}`;
}

function summaryOf({ type, data }: RealtimeFrame): string {
  if (type === 'Ack') return `Ack ${String(data.message_id)}`;
  return type === 'Error' ? `Error ${String((data.details as { field?: string }).field)}` : type;
}
