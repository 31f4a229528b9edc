import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { IsInt } from 'class-validator';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import {
  actingAs,
  type Caller,
  Chats,
  DomainEvents,
  type Extension,
  HandlesPayload,
  IsChatId,
  IsText,
  ModuleEvents,
} from '../../src/extension-api.js';
import { StartFailure } from '../../src/start-failure.js';
import { createTestDatabase, onServer, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { aTime } from '../support/expectations.js';
import { freshUsers } from '../support/fresh-users.js';
import { TestServer } from '../support/parlance.js';
import { queried } from '../support/queried.js';
import { RestClient } from '../support/rest-client.js';
import { signToken } from '../support/tokens.js';

declare module '../../src/extension-api.js' {
  interface Requests {
    greet: [GreetRequest, { readonly messageId: number }];
    shout: [ShoutRequest, undefined];
    double: [{ readonly of: number }, { readonly is: number }];
  }

  interface ModuleEventMap {
    shouted: { readonly words: string; readonly chatId?: string };
  }
}

interface GreetRequest {
  readonly chatId: string;
}

interface ShoutRequest extends GreetRequest {
  readonly words: string;
  readonly to: 'chat' | 'users' | 'everybody';
}

class GreetDto implements GreetRequest {
  @IsChatId()
  readonly chatId!: string;
}

class ShoutDto extends GreetDto implements ShoutRequest {
  @IsText({ min: 1 })
  readonly words!: string;

  readonly to!: ShoutRequest['to'];
}

class DoubleDto {
  @IsInt()
  readonly of!: number;
}

/** Greets in chats, as a user of its own, whoever says "hello" there. */
@Injectable()
class BotHandlers {
  constructor(
    private readonly chats: Chats,
    private readonly events: ModuleEvents,
    happened: DomainEvents,
  ) {
    happened.on('changesCommitted', (changes) => {
      for (const change of changes) {
        if (change.type !== 'messageSent' || change.message.text !== 'hello bot') continue;
        void this.chats.send(actingAs({ userId: 'Bot', name: 'The bot' }), {
          chatId: change.message.sender,
          message: 'hello',
        });
      }
    });
  }

  @HandlesPayload('greet', { payload: GreetDto })
  async greet({ chatId }: GreetDto, caller: Caller): Promise<{ readonly messageId: number }> {
    const { messageId } = await this.chats.send(caller, { chatId, message: 'greetings' });
    return { messageId };
  }

  @HandlesPayload('shout', { payload: ShoutDto })
  async shout({ chatId, words, to }: ShoutDto, caller: Caller): Promise<void> {
    const chat = await this.chats.toWrite(caller, chatId);
    if (to === 'everybody') this.events.emit('shouted', { words }, { everybody: true });
    if (to === 'users') this.events.emit('shouted', { words }, { users: [chatId] });
    if (to === 'chat') this.events.tellChat('shouted', chat, (known) => ({ words, chatId: known }));
  }
}

@Module({ providers: [BotHandlers] })
class BotModule {}

@Injectable()
class RivalHandlers {
  @HandlesPayload('greet', { payload: GreetDto })
  welcome(): Promise<{ readonly messageId: number }> {
    return Promise.resolve({ messageId: 0 });
  }
}

@Module({ providers: [RivalHandlers] })
class RivalModule {}

@Injectable()
class CoreRivalHandlers {
  @HandlesPayload('typing', { payload: GreetDto, kind: 'event' })
  async typing(): Promise<void> {
    // Never called.
  }
}

@Module({ providers: [CoreRivalHandlers] })
class CoreRivalModule {}

@Injectable()
class BrokenBot implements OnModuleInit {
  onModuleInit(): void {
    throw new Error('no key for the bot');
  }
}

@Module({ providers: [BrokenBot] })
class BrokenModule {}

@Injectable()
class DoublingHandlers {
  @HandlesPayload('double', { payload: DoubleDto })
  double({ of }: DoubleDto): Promise<{ readonly is: number }> {
    return Promise.resolve({ is: of * 2 });
  }
}

@Module({ providers: [DoublingHandlers] })
class DoublingModule {}

const bot: Extension = { name: 'bot', module: BotModule };
const doubling: Extension = { name: 'doubling', module: DoublingModule };

describe('a module', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start({}, undefined, [bot, doubling]);
  });

  afterAll(() => server.stop());

  it('answers its own payloadTypes beside other modules', async () => {
    const [ann] = freshUsers('Ann');
    const anns = await server.connect(ann);
    expect(await anns.request('double', { of: 21 })).toEqual({ is: 42 });
    expect((await anns.ask('double', { of: 'x' })).error).toMatchObject({ details: { field: 'payload.of' } });
  });

  it('sends messages as the one who asks, and as a user of its own', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    expect(await anns.request('greet', { chatId: ben })).toEqual({ messageId: 1 });
    expect((await bens.event('new')).payload).toMatchObject({ sender: ann, message: 'greetings' });
    await anns.request('new', { chatId: 'Bot', message: 'hello bot' });
    const { payload } = await anns.event('new', ({ sender }) => sender === 'Bot');
    expect(payload).toMatchObject({ chatId: 'Bot', senderName: 'The bot', message: 'hello' });
  });

  it('tells a chat, each side by the name that it knows it by', async () => {
    const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
    const [anns, bens, eves] = [await server.connect(ann), await server.connect(ben), await server.connect(eve)];
    const there = await server.connectRealtime(ben, { protocols: ['realtime.v1'] });
    const concord = await server.connectConcord(ben);
    await anns.request('shout', { chatId: ben, words: 'hey', to: 'chat' });
    const payload = { words: 'hey', chatId: ann };
    expect(await bens.event('shouted')).toEqual({ type: 'event', timestamp: aTime, eventType: 'shouted', payload });
    expect(await there.of('X-Shouted')).toEqual({ type: 'X-Shouted', data: payload, timestamp: aTime });
    expect((await anns.event('shouted')).payload).toEqual({ words: 'hey', chatId: ben });
    await eves.settled();
    expect([
      ...eves.events('shouted'),
      ...concord.frames.filter((frame) => JSON.stringify(frame).includes('hey')),
    ]).toEqual([]);
  });

  it('tells users, and everybody', async () => {
    const [ann, ben, eve] = freshUsers('Ann', 'Ben', 'Eve');
    const [anns, bens, eves] = [await server.connect(ann), await server.connect(ben), await server.connect(eve)];
    await anns.request('shout', { chatId: ben, words: 'you', to: 'users' });
    await anns.request('shout', { chatId: ben, words: 'all', to: 'everybody' });
    const wordsOf = async (client: typeof anns): Promise<unknown[]> => {
      await client.event('shouted', ({ words }) => words === 'all');
      return client.events('shouted').map(({ payload }) => payload?.words);
    };
    expect([await wordsOf(anns), await wordsOf(bens), await wordsOf(eves)]).toEqual([['all'], ['you', 'all'], ['all']]);
  });

  it('tells a group without those who have left it', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const [anns, bens] = [await server.connect(ann), await server.connect(ben)];
    const { chatId } = await anns.request<{ chatId: string }>('createChat', { name: 'We', participants: [ben] });
    await anns.request('shout', { chatId, words: 'both', to: 'chat' });
    expect((await bens.event('shouted')).payload).toEqual({ words: 'both', chatId });
    await bens.request('leaveChat', { chatId });
    await anns.request('shout', { chatId, words: 'alone', to: 'chat' });
    await anns.event('shouted', ({ words }) => words === 'alone');
    await bens.settled();
    expect(bens.events('shouted')).toHaveLength(1);
    expect((await bens.ask('shout', { chatId, words: 'back', to: 'chat' })).error).toMatchObject({ code: 404 });
  });

  it('may write in a dialog whose other user was erased, as its client may', async () => {
    const [ann, ben] = freshUsers('Ann', 'Ben');
    const anns = await server.connect(ann);
    await anns.request('shout', { chatId: ben, words: 'before', to: 'chat' });
    const operator = new RestClient(server.httpOrigin, signToken({ sub: 'Operator', roles: ['admin'] }), '/admin');
    expect((await operator.delete(`/users/${ben}`)).status).toBe(204);
    await anns.request('shout', { chatId: ben, words: 'after', to: 'chat' });
    expect((await anns.event('shouted', ({ words }) => words === 'after')).payload).toMatchObject({ chatId: ben });
  });

  it('is told that somebody may not write in a chat, as its client is', async () => {
    const [ann] = freshUsers('Ann');
    const anns = await server.connect(ann);
    const { error } = await anns.ask('shout', { chatId: 'g_0000000000000000000000', words: 'x', to: 'chat' });
    expect(error).toMatchObject({ code: 404, details: { field: 'payload.chatId' } });
  });
});

describe('startServer', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  /** Starts over the database of this test, and stops again. */
  const startWith = async (...extensions: readonly Extension[]): Promise<void> => {
    const server = await TestServer.start({}, () => database.url, extensions);
    await server.stop();
  };

  const tables = (): Promise<string[]> =>
    onServer(database.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "select name from migrations where name like 'notes/%' order by id",
      );
      return rows.map(({ name }) => name);
    });

  it('stops where two modules claim one payloadType, and names both', async () => {
    const start = startWith(bot, { name: 'rival', module: RivalModule });
    await expect(start).rejects.toThrow(StartFailure);
    await expect(startWith({ name: 'rival', module: RivalModule }, bot)).rejects.toThrow(
      'The payloadType "greet" is handled twice, by RivalHandlers.welcome of RivalModule and by BotHandlers.greet of BotModule.',
    );
  });

  it("stops where a module claims one of the server's own", async () => {
    await expect(startWith({ name: 'rival', module: CoreRivalModule })).rejects.toThrow(
      'The payloadType "typing" is handled twice, by TypingHandlers.tell of PresenceModule and by CoreRivalHandlers.typing of CoreRivalModule.',
    );
  });

  it("runs a module's migrations once, in their order, and new ones later", async () => {
    const notes = (...migrations: NonNullable<Extension['migrations']>): Extension => ({
      name: 'notes',
      module: DoublingModule,
      migrations,
    });
    await startWith(notes(MakeNotes));
    await startWith(notes(MakeNotes, FillNotes));
    await startWith(notes(MakeNotes, FillNotes));
    expect(await tables()).toEqual(['notes/MakeNotes', 'notes/FillNotes']);
    // Without the module, what it has in the database stays.
    await startWith();
    expect(await tables()).toHaveLength(2);
  });

  it('stops plainly where a migration that was run has another before it', async () => {
    await startWith({ name: 'notes', module: DoublingModule, migrations: [MakeNotes] });
    const migrations = [FillNotes, MakeNotes];
    const start = startWith({ name: 'notes', module: DoublingModule, migrations });
    await expect(start).rejects.toThrow('where the module lists notes/FillNotes');
    await expect(startWith({ name: 'notes', module: DoublingModule, migrations })).rejects.toThrow(StartFailure);
  });

  it('starts where a newer version of the module has run more, as in a rolling deploy and on the way back', async () => {
    await startWith({ name: 'notes', module: DoublingModule, migrations: [MakeNotes, FillNotes] });
    await startWith({ name: 'notes', module: DoublingModule, migrations: [MakeNotes] });
    expect(await tables()).toEqual(['notes/MakeNotes', 'notes/FillNotes']);
  });

  it('keeps nothing of a migration that fails, and names it', async () => {
    const start = startWith({ name: 'notes', module: DoublingModule, migrations: [MakeNotes, BreakNotes] });
    await expect(start).rejects.toThrow(
      'The migration notes/BreakNotes failed: relation "no_such_table" does not exist',
    );
    expect(await tables()).toEqual(['notes/MakeNotes']);
  });

  it('names the migration that makes a table which another module has', async () => {
    const named = (name: string): Extension => ({ name, module: DoublingModule, migrations: [MakeNotes] });
    const start = startWith(named('notes'), named('papers'));
    await expect(start).rejects.toThrow('The migration papers/MakeNotes failed: relation "notes" already exists');
  });

  it('stops where a module fails to come up, and leaves nothing behind', async () => {
    await expect(startWith({ name: 'broken', module: BrokenModule })).rejects.toThrow('no key for the bot');
    const sessions = 'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    await eventually(
      async () => ((await queried(database, sessions)).length === 0 ? true : undefined),
      'an end of all',
    );
  });

  it.each([
    ['Two modules are named "bot".', [bot, { ...doubling, name: 'bot' }]],
    ['A module is named "My Bot"', [{ ...bot, name: 'My Bot' }]],
  ])('stops where %s', async (message, extensions) => {
    await expect(startWith(...extensions)).rejects.toThrow(message);
  });

  it('starts several servers at once', async () => {
    const notes: Extension = { name: 'notes', module: DoublingModule, migrations: [MakeNotes, FillNotes] };
    await Promise.all([startWith(notes), startWith(notes), startWith(notes)]);
    expect(await eventually(tables, 'the tables')).toEqual(['notes/MakeNotes', 'notes/FillNotes']);
  });
});

class MakeNotes implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table notes (id integer primary key)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('never'));
  }
}

class FillNotes extends MakeNotes {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('insert into notes values (1)');
  }
}

class BreakNotes extends MakeNotes {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('insert into notes values (1)');
    await runner.query('insert into no_such_table values (1)');
  }
}
