import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FilesController } from '../../src/api/files.controller.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import type { Config } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { readConfig } from '../../src/config/read-config.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import type { ChatAddress } from '../../src/domain/chat.js';
import { HttpErrors } from '../../src/http-errors.js';
import { KernelModule } from '../../src/kernel.module.js';
import { channelAddress } from '../../src/log/channel-row.js';
import { RestModule } from '../../src/rest/rest.module.js';
import { FilesModule } from '../../src/services/files/files.module.js';
import { FilesService, type KeptFile } from '../../src/services/files/files.service.js';
import { UsersModule } from '../../src/services/users/users.module.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freshUsers } from '../support/fresh-users.js';
import { by, openLog, type TestLog, text } from '../support/log.js';
import { signToken, TEST_SECRET } from '../support/tokens.js';

const MIB = 1_024 * 1_024;
const MAX_FILE_BYTES = 48 * MIB;

@Module({})
class TestModule {
  static of(config: Config) {
    return {
      module: TestModule,
      imports: [
        ...[ConfigModule.of(config), KernelModule, DatabaseModule.with([]), UsersModule],
        ...[AuthModule, RestModule, FilesModule],
      ],
      controllers: [FilesController],
    };
  }
}

describe('files', () => {
  let database: TestDatabase;
  let log: TestLog;
  let dataDir: string;
  let app: INestApplication<Server>;
  let files: FilesService;
  let origin: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    // A folder of a name that servers of static files like to hide, as the default has one too.
    dataDir = await mkdtemp(join(tmpdir(), '.parlance-files-'));
    const config = readConfig({
      JWT_SECRET: TEST_SECRET,
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      MAX_FILE_BYTES: String(MAX_FILE_BYTES),
    });
    app = await NestFactory.create<INestApplication<Server>>(TestModule.of(config), { logger: false });
    app.useGlobalFilters(new HttpErrors());
    await app.listen(0, '127.0.0.1');
    files = app.get(FilesService);
    origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await app.close();
    await log.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');

  const keep = (chat?: ChatAddress, more: { body?: Buffer; filename?: string; clientFileId?: string } = {}) =>
    files.keep({
      owner: ann,
      chatId: chat?.id,
      sentTo: 'news',
      filename: 'a.txt',
      body: Buffer.from('0123456789'),
      ...more,
    });

  function fetchAs(userId: string, path: string, how: { method?: string; headers?: Record<string, string> } = {}) {
    const headers = { authorization: `Bearer ${signToken({ sub: userId })}`, ...how.headers };
    return fetch(`${origin}${path}`, { ...how, headers });
  }

  const statusFor = async (userId: string, { url }: KeptFile): Promise<number> => (await fetchAs(userId, url)).status;

  const bytesOnDisk = async (): Promise<readonly string[]> => {
    const entries = await readdir(join(dataDir, 'files'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  describe('GET /api/files/:id', () => {
    it('gives the file to its owner, as something to save', async () => {
      const { url } = await keep(undefined, { filename: 'Zürich.html' });
      const answer = await fetchAs(ann, url);

      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="Z_rich.html"; filename*=UTF-8''Z%C3%BCrich.html`,
        'content-length': '10',
        'cache-control': 'private, no-cache',
      });
      expect(await answer.text()).toBe('0123456789');
    });

    it('gives one that was sent in a dialog to both of its users', async () => {
      const file = await keep(await log.chats.openDialog(ann, ben));
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 200, 404]);
    });

    it('gives one that was sent in a group to those who were in it then and still are', async () => {
      const group = await log.chats.createGroup({ origin: by(ann), name: 'Friends', participants: [ben] });
      const sendFile = async (): Promise<KeptFile> => {
        const kept = await keep(group);
        await log.log.append(text(group, ann, 'the file'));
        return kept;
      };
      const file = await sendFile();
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 200, 404]);

      await log.chats.addMembers(group, by(ann), [cat]);
      await log.chats.removeMembers(group, by(ann), [ben]);
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 404, 404]);
      const later = await sendFile();
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, later)))).toEqual([200, 404, 200]);

      // It is one's own for ever.
      await log.chats.leave(group, by(ann));
      expect(await statusFor(ann, file)).toBe(200);
    });

    it('gives one that was sent in a channel to all who may read the channel', async () => {
      const channel = channelAddress(await log.channels.create({ origin: by(ann), name: 'pictures' }));
      const file = await keep(channel);
      const statusUnder = async (...subscribe: readonly string[]): Promise<number> => {
        const authorization = `Bearer ${signToken({ sub: ben, topics: { subscribe, publish: [] } })}`;
        return (await fetch(`${origin}${file.url}`, { headers: { authorization } })).status;
      };
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 200, 200]);
      expect([await statusUnder('chat.*'), await statusUnder('chat.other')]).toEqual([200, 404]);

      // Joining makes nobody free of the claim, and a new name asks for another one.
      await log.chats.join(channel, by(ben));
      await keep(channel);
      expect(await statusUnder('chat.other')).toBe(404);
      await log.channels.update({ chat: channel, origin: by(ann), name: 'photos' });
      expect([await statusUnder('chat.pictures'), await statusUnder('chat.photos')]).toEqual([404, 200]);

      await log.channels.delete(channel, by(ann));
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 404, 404]);
    });

    it('gives one that was handed out to those who were handed it', async () => {
      const file = await keep();
      await files.share(file.id, async () => [ben, ben]);
      expect(await Promise.all([ann, ben, cat].map((user) => statusFor(user, file)))).toEqual([200, 200, 404]);
    });

    it('answers ids that there are not as it answers strangers', async () => {
      const { url } = await keep();
      const strange = [
        url,
        '/api/files/f_aaaaaaaaaaaaaaaaaaaaaa',
        '/api/files/x',
        '/api/files/f_%00',
        '/api/files/..%2F..%2Fx',
      ];
      for (const path of strange) {
        const answer = await fetchAs(cat, path);
        expect(answer.status).toBe(404);
        expect(await answer.json()).toEqual({ code: 404, message: 'unknown file' });
      }
    });

    it.each([
      ['none', {}],
      ['a bad one', { authorization: 'Bearer nonsense' }],
      ['an expired one', { authorization: `Bearer ${signToken({ sub: ann, exp: 1 })}` }],
    ])('wants a token: %s', async (_what, headers: Record<string, string>) => {
      const { url } = await keep();
      const answer = await fetch(`${origin}${url}`, { headers });

      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ code: 401, message: expect.any(String) as string });
    });

    it('takes the token from the address too', async () => {
      const { url } = await keep();
      const answer = await fetch(`${origin}${url}?token=${signToken({ sub: ann })}`);
      expect(await answer.text()).toBe('0123456789');
    });

    it.each([
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
    ])('gives the range %s', async (range, text, contentRange) => {
      const { url } = await keep();
      const answer = await fetchAs(ann, url, { headers: { range } });

      expect(answer.status).toBe(206);
      expect(answer.headers.get('content-range')).toBe(contentRange);
      expect(await answer.text()).toBe(text);
    });

    it('refuses a range that is not there', async () => {
      const { url } = await keep();
      const answer = await fetchAs(ann, url, { headers: { range: 'bytes=10-' } });

      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe('bytes */10');
      expect(answer.headers.has('content-disposition')).toBe(false);
      expect(await answer.json()).toEqual({ code: 416, message: 'Range Not Satisfiable' });
    });

    it('answers HEAD without the bytes', async () => {
      const { url } = await keep();
      const answer = await fetchAs(ann, url, { method: 'HEAD' });

      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-length')).toBe('10');
      expect(await answer.text()).toBe('');
      expect((await fetchAs(cat, url, { method: 'HEAD' })).status).toBe(404);
    });

    it('sends nothing again that the client has', async () => {
      const { url } = await keep();
      const etag = (await fetchAs(ann, url)).headers.get('etag') ?? '';
      // `fetch` would read its own cache otherwise.
      const again = await fetchAs(ann, url, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } });
      expect(again.status).toBe(304);
    });

    it('gives a file of no bytes', async () => {
      const { url } = await keep(undefined, { body: Buffer.alloc(0) });
      const answer = await fetchAs(ann, url);
      expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '0', '']);
    });

    it('says that it is to blame where the bytes are gone', async () => {
      const file = await keep();
      await rm(join(dataDir, 'files', file.id.slice(2, 4), file.id));
      const answer = await fetchAs(ann, file.url);

      expect(answer.status).toBe(500);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(await answer.json()).toEqual({
        code: 500,
        message: 'internal error',
        details: { correlationId: expect.any(String) as string },
      });
    });

    it('streams what is large, and holds no more of it than the reader takes', async () => {
      const body = randomBytes(MAX_FILE_BYTES);
      const { url } = await keep(undefined, { body });
      const before = process.memoryUsage().arrayBuffers;

      const headers = { authorization: `Bearer ${signToken({ sub: ann })}` };
      const [response] = (await once(get(`${origin}${url}`, { headers }), 'response')) as [IncomingMessage];
      await once(response, 'readable');
      // The reader does not read on; the server has had every chance to.
      for (let tick = 0; tick < 1_000; tick++) await setImmediate();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_FILE_BYTES / 2);

      const hash = createHash('sha256');
      for await (const chunk of response) hash.update(chunk as Buffer);
      expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
    });
  });

  describe('keep', () => {
    it('keeps files up to MAX_FILE_BYTES', async () => {
      await expect(keep(undefined, { body: Buffer.alloc(MAX_FILE_BYTES + 1) })).rejects.toMatchObject({ code: 413 });
    });

    it('keeps one file of retries that race', async () => {
      const before = await bytesOnDisk();
      const tries = await Promise.all(Array.from({ length: 20 }, () => keep(undefined, { clientFileId: 'k1' })));
      const ids = new Set(tries.map(({ id }) => id));

      expect(ids.size).toBe(1);
      expect(tries.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
      expect((await bytesOnDisk()).filter((name) => !before.includes(name))).toEqual([...ids]);
    });

    it('has no file in the database whose bytes could not be written', async () => {
      const broken = await mkdtemp(join(tmpdir(), 'parlance-files-'));
      await writeFile(join(broken, 'files'), 'in the way');
      const config = readConfig({ JWT_SECRET: TEST_SECRET, DATABASE_URL: database.url, DATA_DIR: broken });
      const other = await NestFactory.createApplicationContext(TestModule.of(config), { logger: false });

      const failing = other.get(FilesService).keep({ owner: 'nobody else', filename: 'a', body: Buffer.from('a') });
      await expect(failing).rejects.toMatchObject({ code: 'ENOTDIR' });
      const rows = await log.dataSource.query<unknown[]>("select from files where owner = 'nobody else'");
      expect(rows).toEqual([]);

      await other.close();
      await rm(broken, { recursive: true });
    });
  });
});
