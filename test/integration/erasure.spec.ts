import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChatAddress } from '../../src/domain/chat.js';
import type { CatchUpEvent } from '../../src/log/catch-up-events.js';
import { APPEND_STATEMENT, appendParameters } from '../../src/log/append-statement.js';
import { channelAddress } from '../../src/log/channel-row.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { DyingDatabase, type Erasing, openErasing, rowsWith } from '../support/erasing.js';
import { eventually } from '../support/eventually.js';
import { freshUsers } from '../support/fresh-users.js';
import { by, mark, openLog, type TestLog, text } from '../support/log.js';

const NEVER = Number.MAX_SAFE_INTEGER;

describe('erasing a user', () => {
  let database: TestDatabase;
  let log: TestLog;
  let erasing: Erasing;
  let ann: string;
  let ben: string;
  let cat: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
    erasing = await openErasing(log);
  });

  afterAll(async () => {
    await log.close();
    await rm(erasing.dataDir, { recursive: true, force: true });
    await database.drop();
  });

  beforeEach(async () => {
    [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
    for (const userId of [ann, ben, cat]) await connect(userId);
  });

  const connect = (userId: string, device = '', token = {}) =>
    log.devices.connect({ userId, userName: `name of ${userId}`, dialect: 'messaging', device, token });

  const query = <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    log.dataSource.query<Row[]>(sql, [...values]);

  const group = (creator: string, ...participants: string[]): Promise<ChatAddress> =>
    log.chats.createGroup({ origin: by(creator), name: 'All', participants });

  /** What the viewer is told of the chat from this position on. */
  async function told(viewer: string, chat: ChatAddress, change = 0, number = 0): Promise<CatchUpEvent[]> {
    const from = { chatId: chat.id, position: { change, number }, ahead: new Set<number>() };
    const { chats } = await log.reader.catchUp(viewer, [from], 1_000, { asFollower: false });
    return chats.flatMap(({ events }) => events);
  }

  const head = async ({ id }: ChatAddress) => {
    const [row] = await query<{ change: number; number: number }>(
      'select newest_change as change, newest_number as number from heads where chat_id = $1',
      [id],
    );
    if (!row) throw new Error('no head');
    return row;
  };

  const messages = ({ id }: ChatAddress) =>
    query<Record<string, unknown>>(
      `select number, sender, text, client_message_id, deleted_at is not null as deleted, reactions
        from messages where chat_id = $1 order by number`,
      [id],
    );

  const gone = (number: number) => ({
    number,
    sender: 'erased',
    text: null,
    client_message_id: null,
    deleted: true,
    reactions: null,
  });

  describe('what others share with it', () => {
    it('reads its messages as deleted, from nobody, and leaves those of others', async () => {
      const chat = await group(ben, ann, cat);
      await log.log.append(text(chat, ben, 'hello'));
      await log.log.append(text(chat, ann, 'secret', { clientMessageId: 'm1' }));
      await log.log.append(text(chat, cat, 'and', { replyTo: 2 }));
      await erasing.service.erase(ann);

      expect(await messages(chat)).toMatchObject([
        { sender: ben, text: 'hello' },
        gone(2),
        { sender: cat, text: 'and' },
      ]);
    });

    it('tells the members of each message, and that it has left, from any position', async () => {
      const chat = await group(ben, ann);
      for (const words of ['a', 'b', 'c']) await log.log.append(text(chat, ann, words));
      const before = await head(chat);
      await erasing.service.erase(ann);

      const events = await told(ben, chat, before.change, before.number);
      expect(events.map(({ event }) => event.type).sort()).toEqual([
        'chatState',
        'messageDeleted',
        'messageDeleted',
        'messageDeleted',
      ]);
      const changes = events.map(({ change }) => change);
      expect(new Set(changes).size).toBe(changes.length);
      expect(Math.max(...changes)).toBe((await head(chat)).change);
    });

    it('says that its reactions are taken away, and counts those of others', async () => {
      const chat = await group(ben, ann, cat);
      await log.log.append(text(chat, ben, 'hello'));
      const react = (userId: string, reaction: string, adding = true) =>
        log.log.append({ type: 'react', chat, origin: by(userId), number: 1, reaction, adding });
      await react(ann, '👍');
      await react(cat, '👍');
      await react(ann, '🎉');
      await react(ann, '😂');
      await react(ann, '😂', false);
      await react(ann, 'so true');
      await react(ann, 'so it is');
      const before = await head(chat);
      await erasing.service.erase(ann);

      expect(await messages(chat)).toMatchObject([{ reactions: '{"👍":1}' }]);
      const reacted = (await told(ben, chat, before.change, before.number)).filter(
        ({ event }) => event.type === 'messageReacted',
      );
      const reactions = reacted.map(({ event }) => {
        expect(event).toMatchObject({ adding: false, reactionsJson: '{"👍":1}', origin: { userId: 'erased' } });
        return event.type === 'messageReacted' ? event.reaction : undefined;
      });
      expect(reactions.sort()).toEqual(['erased', '🎉', '👍']);
    });

    it('passes on a group that it owned', async () => {
      const chat = await group(ann, ben, cat);
      await erasing.service.erase(ann);
      const members = await query('select user_id, role from members where chat_id = $1 order by user_id', [chat.id]);
      expect(members).toEqual([
        { user_id: ben, role: 'owner' },
        { user_id: cat, role: 'member' },
      ]);
    });

    it('leaves messages that were deleted before without a second change', async () => {
      const chat = await group(ben, ann);
      await log.log.append(text(chat, ann, 'secret'));
      await log.log.append({ type: 'delete', chat, origin: by(ann), target: { number: 1 } });
      const before = await head(chat);
      await erasing.service.erase(ann);

      expect(await messages(chat)).toMatchObject([gone(1)]);
      // It has left; that is all.
      expect((await head(chat)).change).toBe(before.change + 1);
    });

    it('finds what it wrote in channels that it had not joined, also in one that was deleted', async () => {
      const [open, deleted] = [
        channelAddress(await log.channels.create({ origin: by(ben), name: `o-${ann}` })),
        channelAddress(await log.channels.create({ origin: by(ben), name: `d-${ann}` })),
      ];
      for (const chat of [open, deleted]) {
        await log.log.append(text(chat, ann, 'secret', { asVisitor: true }));
        await log.log.append({
          ...text(chat, ann, ''),
          text: undefined,
          payloadJson: '{"a":"secret"}',
          asVisitor: true,
        });
      }
      await log.channels.delete(deleted, by(ben));
      await erasing.service.erase(ann);

      for (const chat of [open, deleted]) expect(await messages(chat)).toEqual([gone(1), gone(2)]);
      expect(await query('select from shown_messages where sender = $1', [ann])).toEqual([]);
    });
  });

  describe('a dialog with it', () => {
    it('ends for the other, on whatever device', async () => {
      const chat = await log.chats.openDialog(ann, ben);
      await log.log.append(text(chat, ann, 'secret'));
      await log.log.append(text(chat, ben, 'hello'));
      const before = await head(chat);
      await erasing.service.erase(ann);

      for (const [change, number] of [
        [0, 0],
        [before.change, before.number],
      ] as const) {
        const events = await told(ben, chat, change, number);
        expect(events.map(({ event }) => event)).toEqual([
          expect.objectContaining({
            type: 'chatState',
            state: expect.objectContaining({ chatId: ann, removed: true }) as unknown,
          }),
        ]);
      }
      await expect(log.log.append(text(chat, ben, 'still there?'))).rejects.toMatchObject({ code: 404 });
    });

    it('opens anew for both, behind the old messages, whose numbers go on', async () => {
      const chat = await log.chats.openDialog(ann, ben);
      await log.log.append(text(chat, ben, 'old'));
      const before = await head(chat);
      await erasing.service.erase(ann);
      expect(await log.chats.openDialog(ben, ann)).toEqual(chat);

      expect((await log.log.append(text(chat, ben, 'anew'))).number).toBe(2);
      for (const [viewer, change, number] of [
        [ann, 0, 0],
        [ben, (await head(chat)).change - 2, 1],
      ] as const) {
        const sent = (await told(viewer, chat, change, number)).map(({ event }) => event).at(-1);
        expect(sent).toMatchObject({ type: 'messageSent', message: { number: 2, text: 'anew' } });
      }
      // Who was away all the while is told first that what it has is gone.
      const away = await told(ben, chat, before.change, before.number);
      expect(away.map(({ event }) => event.type)).toEqual(['chatState', 'messageSent']);
    });

    it('ends a call that rings there', async () => {
      const chat = await log.chats.openDialog(ann, ben);
      await log.calls.start({ chat, origin: by(ben), callType: 'audio', callId: `call_${ann}` });
      await erasing.service.erase(ann);
      expect(await query('select status, caller from calls where chat_id = $1', [chat.id])).toEqual([
        { status: 'missed', caller: ben },
      ]);
      expect(await log.calls.open({ limit: 10 })).toEqual([]);
    });
  });

  it('leaves nothing of the user in any table but its tombstone, and the addresses of its dialogs', async () => {
    const secret = `secret of ${ann}`;
    const content = { payloadJson: JSON.stringify({ message: secret }), metadataJson: `{"k":"${secret}"}` };
    const chats = [await group(ann, ben), await group(ben, ann), await log.chats.openDialog(ann, ben)];
    chats.push(await log.chats.openDialog(ann, ann));
    chats.push(channelAddress(await log.channels.create({ origin: by(ann), name: `x-${cat}` })));
    for (const chat of chats) {
      const visit = chat.kind === 'channel' ? { asVisitor: true as const } : {};
      const sent = await log.log.append(text(chat, ann, secret, { clientMessageId: secret, ...content, ...visit }));
      await log.log.append(
        text(chat, ann, secret, { attachmentsJson: `["${secret}"]`, forwardedJson: `"${secret}"`, ...visit }),
      );
      await log.log.append({
        type: 'react',
        chat,
        origin: by(ann),
        number: 1,
        reaction: secret,
        adding: true,
        ...visit,
      });
      if (chat.kind === 'channel')
        await log.channels.createThread({ chat, origin: by(ann), messageId: sent.id, name: secret });
      else await log.log.append(mark(chat, ann, 'read'));
    }
    const [mine, theirs, dialog] = chats as [ChatAddress, ChatAddress, ChatAddress];
    await log.log.append(text(theirs, ben, 'hello'));
    await log.log.append({ type: 'react', chat: theirs, origin: by(ann), number: 3, reaction: secret, adding: true });
    await log.log.append(text(theirs, ben, 'yes', { replyTo: 1 }));
    await log.calls.start({ chat: mine, origin: by(ann), callType: 'audio', callId: `call_1${cat}` });
    await log.calls.start({ chat: theirs, origin: by(ben), callType: 'audio', callId: `call_2${cat}` });
    await log.calls.start({ chat: dialog, origin: by(ann), callType: 'video', callId: `call_3${cat}` });
    const device = await connect(ann, secret);
    const position = { change: 1, number: 1 };
    await log.devices.saveCursors([{ deviceId: device.deviceId, chatId: theirs.id, position, ahead: [] }]);
    await query('select * from open_session($1, $2, 1, 0)', [ann, secret]);
    await query('select subscribe_session(id, $2, 1) from sessions where user_id = $1', [ann, [`t.${ann}`]]);
    await query('select * from append_topics($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ['news', 'news'],
      [`broadcast_1${cat}`, `broadcast_2${cat}`],
      [ann, ben],
      [`"${secret}"`, '"of Ben"'],
      [secret, null],
      [1, 1],
      [NEVER, NEVER],
      [secret, null],
      1,
    ]);
    const plan = { owner: ann, chatId: theirs.id, sentTo: secret, clientFileId: secret, filename: secret };
    const { id: fileId } = await erasing.files.keep({ ...plan, body: Buffer.from(secret) });
    const other = await erasing.files.keep({ owner: ben, filename: 'a', body: Buffer.from('b') });
    await erasing.files.share(other.id, async () => [ann]);
    await query('update users set password_hash = $2, ban_reason = $2 where id = $1', [ann, secret]);
    const [me] = await query<{ number: number }>('select number from users where id = $1', [ann]);
    await query('insert into outbox (user_id, at) values ($1, 1)', [ann]);
    for (const [index, [subject, data]] of [
      [`user.${me?.number}`, { userId: ann, name: secret }],
      [`chat.${theirs.id}`, { sender: ann, text: secret }],
      [`chat.${theirs.id}`, { sender: ben, userId: ann, reaction: secret, adding: true }],
    ].entries()) {
      await query("insert into outgoing_events (id, subject, type, at, data) values ($1, $2, 'x', 1, $3)", [
        ...[`${index}${cat}`, subject, JSON.stringify(data)],
      ]);
    }
    expect(Object.keys(await rowsWith({ query }, ann)).length).toBeGreaterThan(12);

    await erasing.service.erase(ann);

    const { erased_users: tombstones, chats: addresses, ...rest } = await rowsWith({ query }, ann);
    expect(rest).toEqual({});
    expect(tombstones).toEqual([
      {
        ...{ user_id: ann, number: expect.any(Number) as number, token_version: 1 },
        ...{ erased_at: expect.any(Number) as number, refused_at: expect.any(Number) as number },
      },
    ]);
    const dialogs = [dialog.id, chats[3]?.id];
    expect((addresses as { id: number }[]).map(({ id }) => id).sort()).toEqual(dialogs.sort());
    expect(await query(`select payload from topic_messages where message_id like '%' || $1`, [cat])).toEqual([
      { payload: '"of Ben"' },
    ]);
    const kept = await readdir(join(erasing.dataDir, 'files'), { recursive: true });
    expect(kept.some((path) => path.includes(fileId))).toBe(false);
    expect(kept.some((path) => path.includes(other.id))).toBe(true);
  });

  it('leaves in the audit what was done to it, and nothing of what it was called', async () => {
    const begin = (action: string, details: object, key: string | null) =>
      query("select * from begin_deed(1, 'Op', $1, $2, '::1', $3, $4, 0)", [action, ann, JSON.stringify(details), key]);
    await begin('token.issue', { name: 'Ann A.', device: 'her phone', roles: [] }, null);
    await begin('user.ban', { reason: 'spam' }, 'k');
    await query(
      `update audit set outcome = 'done', answer = '{"name":"Ann A."}' where action = 'user.ban' and subject = $1`,
      [ann],
    );
    await erasing.service.erase(ann);

    const kept =
      'select action, details::json as details, answer, idempotency_key from audit where subject = $1 order by id';
    expect(await query(kept, [ann])).toEqual([
      { action: 'token.issue', details: { roles: [] }, answer: null, idempotency_key: null },
      { action: 'user.ban', details: { reason: 'spam' }, answer: null, idempotency_key: null },
    ]);
  });

  describe('its tokens', () => {
    const issuedAt = () => Math.floor(Date.now() / 1_000);

    it('are refused where they are older, and a later one makes a new user under the old number', async () => {
      const [before] = await query<{ number: number }>('select number from users where id = $1', [ann]);
      const old = { version: 0 };
      await erasing.service.erase(ann);
      const refused = [old, { issuedAt: issuedAt() - 1 }, {}];
      for (const token of refused) expect(await connect(ann, '', token)).toMatchObject({ isRevoked: true });
      expect(await query('select from users where id = $1', [ann])).toEqual([]);

      expect(await connect(ann, '', { version: 1 })).toMatchObject({
        isRevoked: false,
        hasJoined: true,
        userNumber: before?.number,
      });
      for (const token of refused) expect(await connect(ann, '', token)).toMatchObject({ isRevoked: true });
      expect(await connect(ann, '', { issuedAt: issuedAt() + 2 })).toMatchObject({
        isRevoked: false,
        hasJoined: false,
      });
    });

    it('are all refused while it is under way', async () => {
      await erasing.store.begin(ann);
      for (const token of [{ version: 1 }, { issuedAt: issuedAt() + 9 }]) {
        expect(await connect(ann, '', token)).toMatchObject({ isRevoked: true });
      }
      await expect(log.chats.openDialog(ann, cat)).rejects.toMatchObject({ code: 404 });
    });

    it('are told to be revoked, each time', async () => {
      const revoked: unknown[] = [];
      const end = log.events.on('tokensRevoked', (event) => revoked.push(event));
      await erasing.service.erase(ann);
      await erasing.service.erase(ann);
      end();
      expect(revoked).toEqual(
        [1, 2].map(() => ({ userId: ann, version: 1, issuedUpTo: expect.any(Number) as unknown })),
      );
    });
  });

  describe('what it has under way meanwhile, on whatever server,', () => {
    const VISIT = { asVisitor: true as const };
    const leftOvers = async () => {
      const { erased_users: _, chats: __, ...rest } = await rowsWith({ query }, ann);
      return rest;
    };
    /** What requests do that were let in before the erasing, each with a channel of Ben's and a message there. */
    const deeds: readonly (readonly [string, (channel: ChatAddress, messageId: number) => Promise<unknown>])[] = [
      ['a message in a channel', (chat) => log.log.append(text(chat, ann, 'secret', VISIT))],
      [
        'a reaction in a channel',
        (chat) =>
          log.log.append({ type: 'react', chat, origin: by(ann), number: 1, reaction: 'x', adding: true, ...VISIT }),
      ],
      ['a thread', (chat, messageId) => log.channels.createThread({ chat, origin: by(ann), messageId, name: 'x' })],
      ['a channel', () => log.channels.create({ origin: by(ann), name: `n-${ann}` })],
      ['joining a channel', (chat) => log.chats.join(chat, by(ann))],
      ['a group', () => group(ann, ben)],
      ['a dialog', () => log.chats.openDialog(ann, cat)],
      ['a file', () => erasing.files.keep({ owner: ann, filename: 'a', body: Buffer.from('secret') })],
      ['a session', () => erasing.sessions.open(ann, 'tab')],
    ];

    const filesOnDisk = async () =>
      (await readdir(join(erasing.dataDir, 'files'), { recursive: true })).filter((path) => path.includes('/')).sort();

    it.each(deeds)('is refused, and leaves nothing: %s', async (_what, deed) => {
      await erasing.files.keep({ owner: ben, filename: 'a', body: Buffer.from('b') });
      const before = await filesOnDisk();
      const channel = channelAddress(await log.channels.create({ origin: by(ben), name: `u-${cat}` }));
      const { id } = await log.log.append(text(channel, ben, 'hello', VISIT));
      const code = () =>
        deed(channel, id).then(
          () => 'done',
          (error: unknown) => (error as { code?: unknown }).code,
        );
      await erasing.store.begin(ann);
      expect([401, 404]).toContain(await code());
      await erasing.service.erase(ann);
      expect([401, 404]).toContain(await code());
      expect(await leftOvers()).toEqual({});
      expect(await filesOnDisk()).toEqual(before);
    });

    it('is not kept on topics, nor is its key, while others are', async () => {
      const publish = () =>
        query<{ o_is_new: boolean }>('select * from append_topics($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
          ...[[`t.${cat}`, `t.${cat}`], freshUsers('m1', 'm2'), [ann, ben], ['"secret"', '"hello"'], [null, null]],
          ...[[1, 1], [NEVER, NEVER], ['k1', null], 0],
        ]);
      await erasing.store.begin(ann);
      await publish();
      await erasing.service.erase(ann);
      await publish();
      expect(await leftOvers()).toEqual({});
      expect(await query('select sender from topic_messages where topic = $1', [`t.${cat}`])).toEqual([
        { sender: ben },
        { sender: ben },
      ]);
    });

    /** What the database has begun when the erasing begins. */
    const begun: readonly (readonly [string, (channelId: number) => readonly [sql: string, values: unknown[]]])[] = [
      ['a dialog', () => ['select open_dialog($1, $2, 1)', [ann, cat]]],
      [
        'a message on a topic',
        () => [
          'select append_topics($1, $2, $3, $4, $5, $6, $7, $8, $9)',
          [['news'], [`m-${ann}`], [ann], ['1'], [null], [1], [NEVER], ['k'], 0],
        ],
      ],
      [
        'a message in a channel',
        (id) => [APPEND_STATEMENT, appendParameters([text({ id, kind: 'channel' }, ann, 'x', VISIT)], 0)],
      ],
    ];

    it.each(begun)('is waited for where it is just being written: %s', async (_what, statement) => {
      const channel = await log.channels.create({ origin: by(ben), name: `w-${cat}` });
      const runner = log.dataSource.createQueryRunner();
      await runner.startTransaction();
      const [sql, values] = statement(channel.id);
      await runner.query(sql, values);
      const erased = erasing.service.erase(ann);
      await eventually(
        async () =>
          (await query("select from pg_locks where not granted and locktype = 'transactionid'")).length > 0
            ? true
            : undefined,
        'the waiting',
      );
      await runner.commitTransaction();
      await runner.release();
      await erased;
      expect(await leftOvers()).toEqual({});
    });
  });

  describe('what is written to it meanwhile', () => {
    it('is for a new user', async () => {
      const chat = await log.chats.openDialog(ben, ann);
      await erasing.store.begin(ann);
      await erasing.store.endDialog(chat, ann);
      await log.chats.openDialog(ben, ann);
      await log.log.append(text(chat, ben, 'for the new one'));
      await erasing.store.finish(ann);

      expect(await query('select name, seen, is_erasing, token_version from users where id = $1', [ann])).toEqual([
        { name: null, seen: false, is_erasing: false, token_version: 1 },
      ]);
      const sent = (await told(ann, chat)).map(({ event }) => event);
      expect(sent).toMatchObject([{ type: 'messageSent', message: { text: 'for the new one' } }]);
    });

    it('is left alone by an erasing that is late', async () => {
      const chat = await log.chats.openDialog(ben, ann);
      await erasing.service.erase(ann);
      await log.chats.openDialog(ben, ann);
      await log.log.append(text(chat, ann, 'anew'));

      await erasing.store.endDialog(chat, ann);
      await erasing.store.eraseMessages(chat, ann, 0);
      await erasing.store.forgetMember(chat, ann);
      await erasing.store.eraseBelongings(ann);
      expect(await messages(chat)).toMatchObject([{ sender: ann, text: 'anew' }]);
      expect(await query('select from members where chat_id = $1 and left_change is null', [chat.id])).toHaveLength(2);
    });
  });

  it('says that the user is gone once it is, and again where it is repeated, for a server may have died before', async () => {
    const gone: Promise<unknown[]>[] = [];
    const end = log.events.on('userErased', ({ userId }) => {
      gone.push(query('select id from users where id = $1', [userId]));
    });
    await erasing.service.erase(ann);
    await erasing.service.erase(ann);
    await erasing.service.erase('never there').catch(() => undefined);
    end();
    expect(await Promise.all(gone)).toEqual([[], []]);
  });

  it('goes on wherever a server died', async () => {
    let steps = 0;
    for (let isDone = false; !isDone; steps++) {
      [ann, ben, cat] = freshUsers('Ann', 'Ben', 'Cat');
      for (const userId of [ann, ben, cat]) await connect(userId);
      const chats = [await group(ben, ann), await group(ann, cat), await log.chats.openDialog(ann, ben)];
      for (const chat of chats) await log.log.append(text(chat, ann, 'secret'));
      await erasing.files.keep({ owner: ann, filename: 'a', body: Buffer.from('secret') });

      const dying = await openErasing(log, new DyingDatabase(log.dataSource, steps));
      isDone = await dying.service.erase(ann).then(
        () => true,
        () => false,
      );
      await rm(dying.dataDir, { recursive: true, force: true });
      await erasing.service.erase(ann);

      for (const chat of chats) expect(await messages(chat)).toEqual([gone(1)]);
      const { erased_users: _, chats: __, ...rest } = await rowsWith({ query }, ann);
      expect([steps, rest]).toEqual([steps, {}]);
    }
    expect(steps).toBeGreaterThan(15);
  });

  it('does once what is asked for twice at the same time', async () => {
    const chats = [await group(ben, ann), await group(cat, ann), await log.chats.openDialog(ann, ben)];
    for (const chat of chats) for (const words of ['a', 'b']) await log.log.append(text(chat, ann, words));
    const before = await Promise.all(chats.map(head));
    await Promise.all([erasing.service.erase(ann), erasing.service.erase(ann)]);

    const after = await Promise.all(chats.map(head));
    expect(after.map(({ change }, index) => change - (before[index]?.change ?? 0))).toEqual([3, 3, 3]);
  });

  it('answers 404 for whoever was never there, and for nobody', async () => {
    await expect(erasing.service.erase('never there')).rejects.toMatchObject({ code: 404 });
    await expect(erasing.service.erase('erased')).rejects.toMatchObject({ code: 404 });
  });

  it('takes a large chat in steps, and tells of each', async () => {
    const chat = await group(ben, ann);
    const uncertain: unknown[] = [];
    await Promise.all(Array.from({ length: 1_200 }, (_, index) => log.log.append(text(chat, ann, `m${index}`))));
    const end = log.events.on('chatsUncertain', (chats) => uncertain.push(chats));
    await erasing.service.erase(ann);
    end();
    expect(uncertain).toEqual([[chat], [chat], [chat]]);
    expect(await query('select from messages where chat_id = $1 and sender = $2', [chat.id, ann])).toEqual([]);
  });
});
