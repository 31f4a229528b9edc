import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';

import {
  binaryFrame,
  binaryFrom,
  checksumOf,
  KINDS,
  received,
  routedPayload,
  sendBinary,
} from '../support/binary-frames.js';
import { createTestDatabase } from '../support/database.js';
import { aText, aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { ServerProcess, temporaryDataDir, TestServer } from '../support/parlance.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { signToken } from '../support/tokens.js';

const BODY = Buffer.from([0xff, 0x00, 0x0a, 0x7b, 0x80, 0x0a, 0x31, 0x32, 0x33, 0x34]);
const MAX_FILE_BYTES = 1_000;
const aFileId = expect.stringMatching(/^f_[A-Za-z0-9_-]{22}$/) as string;
const aMessageId = expect.stringMatching(/^dm_\d+$/) as string;
const REALTIME = { protocols: ['realtime.v1'] };

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ MAX_FILE_BYTES: String(MAX_FILE_BYTES) });
});

afterAll(() => server.stop());

const connect = (user: string): Promise<RealtimeClient> => server.connectRealtime(user, REALTIME);

const bearer = (user: string): Record<string, string> => ({ authorization: `Bearer ${signToken({ sub: user })}` });

function fetchAs(user: string, url: unknown, how: RequestInit = {}): Promise<Response> {
  const headers = { ...bearer(user), ...(how.headers as Record<string, string> | undefined) };
  return fetch(`${server.httpOrigin}${String(url)}`, { ...how, headers });
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** What each user is answered who asks for the file. */
async function statuses(url: unknown, ...users: readonly string[]): Promise<number[]> {
  const answers = await Promise.all(users.map((user) => fetchAs(user, url)));
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.map(({ status }) => status);
}

describe('a file for a user who is connected', () => {
  it('comes as the frame and as a message of the dialog, under one id', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann), await connect(ben)];
    const payload = routedPayload({ target_user: ben, id: 'f1', filename: 'päper.tar.gz' }, BODY);
    here.send(binaryFrame(KINDS.file_transfer, payload));

    const details = await received(here);
    const { file_id: fileId, url, message_id: messageId } = details;
    expect(details).toStrictEqual({
      size: payload.length,
      type: 'file_transfer',
      checksum: checksumOf(payload),
      recipients: 1,
      file_id: aFileId,
      url: `/api/files/${String(fileId)}`,
      message_id: aMessageId,
    });
    expect((await here.answer('f1')).data).toEqual({
      message_id: 'f1',
      status: 'delivered',
      recipients: 1,
      server_message_id: messageId,
    });
    const { line, body, kindByte } = await binaryFrom(there);
    expect([kindByte, body.equals(BODY)]).toEqual([KINDS.file_transfer, true]);
    expect(line).toMatchObject({ target_user: ben, filename: 'päper.tar.gz', from_user: ann, message_id: messageId });
    const attachment = { type: 'file', id: fileId, filename: 'päper.tar.gz', url, meta: { extension: 'gz', size: 10 } };
    expect((await there.of('DirectMessage')).data).toEqual({
      from_user: ann,
      payload: { attachments: [attachment] },
      metadata: { sent_at: aTime, message_id: messageId },
    });
  });

  it('is an attachment in the messaging dialect, for the sender’s other devices too', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    const [mine, theirs] = [await server.connect(ann), await server.connect(ben)];
    const {
      file_id: id,
      url,
      recipients,
    } = await sendBinary(here, 'file_transfer', { target_user: ben, filename: 'a.txt' }, BODY);
    expect(recipients).toBe(1);
    const attachments = [{ type: 'file', id, filename: 'a.txt', url, meta: { extension: 'txt', size: BODY.length } }];
    for (const [chatId, client] of [[ben, mine] as const, [ann, theirs] as const]) {
      const { payload } = await client.event('new');
      expect(payload).toMatchObject({ chatId, sender: ann, attachments });
      expect(payload).not.toHaveProperty('message');
    }
    const { messages } = await theirs.request<{ messages: unknown[] }>('messages', { chatId: ann });
    expect(messages).toMatchObject([{ sender: ann, type: 'new', attachments }]);
  });

  it('is an attachment also where its bytes are encrypted', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there, elsewhere] = [await connect(ann), await connect(ben), await server.connect(ben)];
    const metadata = { encryption: 'aes256' };
    await sendBinary(here, 'file_transfer', { target_user: ben, filename: 'a.txt', metadata }, BODY);
    const attachments = [{ type: 'file', filename: 'a.txt' }];
    expect((await elsewhere.event('new')).payload).toMatchObject({ attachments });
    expect((await there.of('DirectMessage')).data).toMatchObject({ payload: { attachments }, metadata });
  });

  it('has a name also where it was sent without one', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann), await connect(ben)];
    await sendBinary(here, 'file_transfer', { target_user: ben }, BODY);
    const { payload } = (await there.of('DirectMessage')).data;
    expect(payload).toMatchObject({ attachments: [{ filename: 'file', meta: { size: BODY.length } }] });
  });

  it('may be empty', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    await connect(ben);
    const { url } = await sendBinary(here, 'file_transfer', { target_user: ben, filename: 'empty' });
    const response = await fetchAs(ben, url);
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 0]);
  });

  it('is one message where the same idempotency key comes again, on another connection too', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, again, there] = [await connect(ann), await connect(ann), await connect(ben)];
    const line = { target_user: ben, filename: 'a.txt', metadata: { idempotency_key: 'k1' } };
    const first = await sendBinary(here, 'file_transfer', line, BODY);
    const second = await sendBinary(again, 'file_transfer', line, BODY);
    expect([second.file_id, second.message_id]).toEqual([first.file_id, first.message_id]);
    await here.directMessage(ben, { message: 'marker' });
    await there.of('DirectMessage', ({ payload }) => (payload as { message?: string }).message === 'marker');
    expect([there.all('DirectMessage').length, there.all('binary').length]).toEqual([2, 1]);
  });
});

describe('a file for a user who is away', () => {
  it('waits: 404 that says queued behind the Status, then the Ack', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    const {
      file_id: fileId,
      url,
      message_id: messageId,
    } = await sendBinary(here, 'file_transfer', { target_user: ben, id: 'f1', filename: 'a.txt' }, BODY);
    await here.of('Ack');
    expect(here.frames.slice(1)).toMatchObject([
      { type: 'Status', data: { details: { recipients: 0, file_id: fileId } } },
      {
        type: 'Error',
        data: {
          code: 404,
          message: `User ${ben} not found or not connected`,
          details: { message_id: 'f1', queued: true },
        },
      },
      { type: 'Ack', data: { message_id: 'f1', status: 'queued', server_message_id: messageId } },
    ]);
    const there = await connect(ben);
    expect((await there.of('DirectMessage')).data).toMatchObject({
      from_user: ann,
      payload: { attachments: [{ id: fileId, url }] },
      metadata: { message_id: messageId },
    });
    expect(there.all('binary')).toEqual([]);
    expect(await bytesOf(await fetchAs(ben, url))).toEqual(BODY);
  });

  it('is a 404 without an Ack where the line has no id', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    await sendBinary(here, 'file_transfer', { target_user: ben }, BODY);
    expect((await here.of('Error')).data).toMatchObject({ code: 404, details: { queued: true } });
    await here.settled();
    expect(here.all('Ack')).toEqual([]);
    const there = await server.connect(ben);
    expect((await there.event('new')).payload).toMatchObject({ attachments: [{ type: 'file' }] });
  });
});

describe('a file for oneself', () => {
  it('goes to one’s other connections and is never queued', async () => {
    const [ann] = freshUsers('Ann');
    const here = await connect(ann);
    const details = await sendBinary(here, 'file_transfer', { target_user: ann, id: 'f1' }, BODY);
    expect(details.recipients).toBe(0);
    expect((await here.answer('f1')).data).toMatchObject({ status: 'delivered', recipients: 0 });
    expect(await statuses(details.url, ann)).toEqual([200]);
  });
});

describe('a file for a topic', () => {
  it('is fetched by those to whom it was handed, and nobody else', async () => {
    const [ann, ben, cleo] = freshUsers('Ann', 'Ben', 'Cleo');
    const [here, there, late] = [await connect(ann), await connect(ben), await connect(cleo)];
    await there.subscribe('files.shared');
    const details = await sendBinary(here, 'file_transfer', { topic: 'files.shared', filename: 'a.txt' }, BODY);
    expect(details).toMatchObject({ recipients: 1, file_id: aFileId, message_id: aText });
    const { line, body } = await binaryFrom(there);
    expect(body).toEqual(BODY);
    expect(line).toMatchObject({ topic: 'files.shared', from_user: ann, message_id: details.message_id });
    await late.subscribe('files.shared');
    expect(await statuses(details.url, ann, ben, cleo)).toEqual([200, 200, 404]);
  });

  it('can be fetched the moment that it is there', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann), await connect(ben)];
    await there.subscribe('files.at-once');
    for (let round = 0; round < 10; round++) {
      here.send(binaryFrame(KINDS.file_transfer, routedPayload({ topic: 'files.at-once' }, BODY)));
      const { line } = await binaryFrom(there);
      expect(await statuses(line.url, ben)).toEqual([200]);
    }
  });

  it('is kept for its sender where it goes to nobody', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    here.send(binaryFrame(KINDS.file_transfer, BODY));
    const { url, recipients } = await received(here);
    expect(recipients).toBe(0);
    expect(await bytesOf(await fetchAs(ann, url))).toEqual(BODY);
    expect(await statuses(url, ben)).toEqual([404]);
  });

  it('is 403 where the token does not allow it, and is not kept', async () => {
    const [ann] = freshUsers('Ann');
    const here = await server.connectRealtime(ann, { ...REALTIME, claims: { topics: { publish: ['news'] } } });
    here.send(binaryFrame(KINDS.file_transfer, routedPayload({ topic: 'files.shared' }, BODY)));
    expect((await here.of('Error')).data).toMatchObject({ code: 403 });
    expect(here.all('Status')).toHaveLength(1);
  });
});

describe('a file for a group', () => {
  it('is a message of the group, which its members fetch until they leave', async () => {
    const [ann, ben, cleo, stranger] = freshUsers('Ann', 'Ben', 'Cleo', 'Stranger');
    const member = await server.connect(cleo);
    const { chatId } = await member.request<{ chatId: string }>('createChat', {
      name: 'Files',
      participants: [ann, ben],
    });
    const topic = `chat.${chatId}`;
    const [here, there] = [await connect(ann), await connect(ben)];
    await there.subscribe(topic);
    const details = await sendBinary(here, 'file_transfer', { topic, id: 'f1', filename: 'a.txt' }, BODY);
    const attachments = [{ type: 'file', id: details.file_id, url: details.url, filename: 'a.txt' }];
    expect((await here.answer('f1')).data).toMatchObject({ status: 'delivered' });
    expect((await member.event('new')).payload).toMatchObject({ chatId, sender: ann, attachments });
    expect((await there.of('Broadcast')).data).toMatchObject({
      topic,
      from_user: ann,
      payload: { attachments },
      metadata: { message_id: details.message_id },
    });
    expect((await binaryFrom(there)).line).toMatchObject({ topic, from_user: ann, message_id: details.message_id });
    expect(await statuses(details.url, ann, ben, cleo, stranger)).toEqual([200, 200, 200, 404]);
    await member.request('leaveChat', { chatId });
    expect(await statuses(details.url, cleo)).toEqual([404]);
  });
});

describe('a file that is too large', () => {
  it('is 413, and one of exactly MAX_FILE_BYTES is not', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [here, there] = [await connect(ann), await connect(ben)];
    const body = randomBytes(MAX_FILE_BYTES);
    const { url } = await sendBinary(here, 'file_transfer', { target_user: ben }, body);
    expect(await bytesOf(await fetchAs(ben, url))).toEqual(body);
    await binaryFrom(there);
    const line = { target_user: ben, id: 'f2' };
    here.send(binaryFrame(KINDS.file_transfer, routedPayload(line, randomBytes(MAX_FILE_BYTES + 1))));
    expect((await here.of('Error')).data).toMatchObject({ code: 413, details: { message_id: 'f2' } });
    await here.directMessage(ben, { message: 'marker' });
    await there.of('DirectMessage', ({ payload }) => (payload as { message?: string }).message === 'marker');
    expect([there.all('DirectMessage').length, there.all('binary').length]).toEqual([2, 1]);
  });
});

describe('GET /api/files/:id', () => {
  let ann: string;
  let ben: string;
  let url: unknown;

  beforeAll(async () => {
    [ann, ben] = freshUsers('Ann', 'Ben');
    const here = await connect(ann);
    ({ url } = await sendBinary(here, 'file_transfer', { target_user: ben, filename: 'päper "1".txt' }, BODY));
  });

  it('gives sender and receiver the bytes, as a download', async () => {
    for (const user of [ann, ben]) {
      const response = await fetchAs(user, url);
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toEqual(BODY);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': String(BODY.length),
        'content-disposition': `attachment; filename="p_per _1_.txt"; filename*=UTF-8''p%C3%A4per%20%221%22.txt`,
        'x-content-type-options': 'nosniff',
        'accept-ranges': 'bytes',
      });
      expect(response.headers.get('x-powered-by')).toBeNull();
    }
  });

  it('is 404 for everybody else, and for ids that are none', async () => {
    const [stranger] = freshUsers('Stranger');
    expect(await statuses(url, stranger)).toEqual([404]);
    for (const id of [`f_${'A'.repeat(22)}`, 'f_short', '..%2F..%2Fetc%2Fpasswd', '%00']) {
      const response = await fetchAs(ann, `/api/files/${id}`);
      expect([response.status, await response.json()]).toEqual([404, expect.objectContaining({ code: 404 })]);
    }
  });

  it('is 401 without a token or with a bad one', async () => {
    for (const authorization of [undefined, 'Bearer nonsense', 'Basic QTpC']) {
      const headers = authorization === undefined ? undefined : { authorization };
      const response = await fetch(`${server.httpOrigin}${String(url)}`, { headers });
      expect([response.status, await response.json()]).toEqual([401, { code: 401, message: aText }]);
    }
  });

  it('takes the token in the query too', async () => {
    const response = await fetch(`${server.httpOrigin}${String(url)}?token=${signToken({ sub: ben })}`);
    expect(await bytesOf(response)).toEqual(BODY);
  });

  it('answers HEAD without the bytes', async () => {
    const response = await fetchAs(ben, url, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '10']);
    expect(await bytesOf(response)).toHaveLength(0);
  });

  it.each([
    ['bytes=2-4', 206, 'bytes 2-4/10', BODY.subarray(2, 5)],
    ['bytes=7-', 206, 'bytes 7-9/10', BODY.subarray(7)],
    ['bytes=-2', 206, 'bytes 8-9/10', BODY.subarray(8)],
    ['bytes=5-100', 206, 'bytes 5-9/10', BODY.subarray(5)],
  ])('answers the range %s', async (range, status, contentRange, bytes) => {
    const response = await fetchAs(ben, url, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(await bytesOf(response)).toEqual(bytes);
  });

  it('is 416 for a range beyond the end', async () => {
    const response = await fetchAs(ben, url, { headers: { range: 'bytes=10-' } });
    expect(response.status).toBe(416);
  });

  it('is 304 where the client has it already', async () => {
    const etag = (await fetchAs(ben, url)).headers.get('etag') ?? '';
    expect((await fetchAs(ben, url, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })).status).toBe(
      304,
    );
  });
});

describe('a file that was acked', () => {
  it('outlives the server that is killed in that moment', async () => {
    const database = await createTestDatabase();
    const dataDir = await temporaryDataDir();
    const env = { DATA_DIR: dataDir };
    let running = await ServerProcess.start(database.url, env);
    try {
      const here = await RealtimeClient.connect(running.origin, signToken({ sub: 'Ann' }), REALTIME);
      const { url } = await sendBinary(here, 'file_transfer', { target_user: 'Ben', id: 'f1' }, BODY);
      await running.kill();
      running = await ServerProcess.start(database.url, env);
      const there = await RealtimeClient.connect(running.origin, signToken({ sub: 'Ben' }), REALTIME);
      expect((await there.of('DirectMessage')).data).toMatchObject({ payload: { attachments: [{ url }] } });
      for (const user of ['Ann', 'Ben']) {
        const response = await fetch(`${running.httpOrigin}${String(url)}`, { headers: bearer(user) });
        expect(await bytesOf(response)).toEqual(BODY);
      }
      there.socket.terminate();
    } finally {
      await running.kill();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
