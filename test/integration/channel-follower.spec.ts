import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { type ChatAddress, type Position, START } from '../../src/domain/chat.js';
import { ParlanceError } from '../../src/domain/errors.js';
import type { DurableEvent } from '../../src/domain/events.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { by, mark, openLog, text, type TestLog } from '../support/log.js';

const USERS = ['Ann', 'Ben', 'Cleo'];
const PLAYS = 40;
const STEPS = 60;

/** What a client that follows the channel holds of it. */
interface Held {
  description?: string;
  readonly messages: Map<number, HeldMessage>;
  readonly threads: Set<number>;
}

interface HeldMessage {
  readonly text?: string;
  readonly threadId?: number;
  readonly reactions: string;
}

const DOINGS = [
  ...['send', 'send', 'send', 'sendOpaque', 'edit', 'edit', 'delete', 'react', 'react', 'thread', 'describe'],
  ...['join', 'leave', 'mark'],
] as const;
type Doing = (typeof DOINGS)[number];

const steps = fc.array(
  fc.record({
    act: fc.constantFrom(...DOINGS, 'read', 'read', 'read', 'begin'),
    who: fc.constantFrom(...USERS),
    which: fc.nat(),
    limit: fc.integer({ min: 1, max: 12 }),
    /** How much of what was told is acked in order, and, by its bits, what out of order. */
    acked: fc.nat({ max: 12 }),
    ahead: fc.nat({ max: 0xfff }),
  }),
  { minLength: STEPS, maxLength: STEPS },
);
type Step = typeof steps extends fc.Arbitrary<(infer Each)[]> ? Each : never;

/** A device that reads in pages, and loses acks: what it did not ack comes again. */
class Follower {
  private position: Position;
  private ahead: ReadonlySet<number> = new Set();

  constructor(
    private readonly log: TestLog,
    private readonly chat: ChatAddress,
    readonly held: Held,
    start: Position,
  ) {
    this.position = start;
  }

  async readPage({ limit, acked, ahead }: Pick<Step, 'limit' | 'acked' | 'ahead'>): Promise<void> {
    const from = [{ chatId: this.chat.id, position: this.position, ahead: this.ahead }];
    const { chats } = await this.log.reader.catchUp('Reader', from, limit, { asFollower: true });
    const [page] = chats;
    if (!page) return;
    expect(page.events.length).toBeLessThanOrEqual(limit);
    for (const { event } of page.events) this.take(event);
    const last = page.events[acked - 1];
    this.position = acked >= page.events.length ? page.end : (last?.position ?? this.position);
    const { change } = this.position;
    const early = page.events.filter((_each, place) => place >= acked && ((ahead >> place) & 1) === 1);
    this.ahead = new Set([...this.ahead, ...early.map((each) => each.change)].filter((each) => each > change));
  }

  async readAll(limit: number): Promise<void> {
    for (let pages = 0; pages < 1_000; pages++) {
      const before = this.position;
      await this.readPage({ limit, acked: limit, ahead: 0 });
      if (before.change === this.position.change && before.number === this.position.number) return;
    }
    throw new Error('the channel has no end');
  }

  private take(event: DurableEvent): void {
    const { messages, threads } = this.held;
    switch (event.type) {
      case 'channelChanged':
        this.held.description = event.channel.description;
        break;
      case 'threadCreated':
        threads.add(event.thread.id);
        break;
      case 'messageSent': {
        const { number, text: words, threadId, reactionsJson = '{}' } = event.message;
        messages.set(number, { text: words, threadId, reactions: reactionsJson });
        break;
      }
      case 'messageEdited': {
        const known = messages.get(event.message.number);
        if (known) messages.set(event.message.number, { ...known, text: event.message.text });
        break;
      }
      case 'messageReacted': {
        const known = messages.get(event.message.number);
        if (known) messages.set(event.message.number, { ...known, reactions: event.reactionsJson });
        break;
      }
      case 'messageDeleted':
        messages.delete(event.message.number);
        break;
      default:
        throw new Error(`a follower was told ${event.type}`);
    }
  }
}

describe('a channel, followed', () => {
  let database: TestDatabase;
  let log: TestLog;

  beforeAll(async () => {
    database = await createTestDatabase();
    log = await openLog(database.url);
  });

  afterAll(async () => {
    await log.close();
    await database.drop();
  });

  async function stateOf({ id }: ChatAddress): Promise<Held> {
    const [channel] = await log.dataSource.query<{ description: string | null }[]>(
      'select description from chats where id = $1',
      [id],
    );
    const messages = await log.dataSource.query<
      { number: number; text: string | null; thread_id: number | null; reactions: string | null }[]
    >('select number, text, thread_id, reactions from messages where chat_id = $1 and deleted_at is null', [id]);
    const threads = await log.dataSource.query<{ id: number }[]>('select id from threads where chat_id = $1', [id]);
    return {
      description: channel?.description ?? undefined,
      messages: new Map(
        messages.map((row) => [
          row.number,
          { text: row.text ?? undefined, threadId: row.thread_id ?? undefined, reactions: row.reactions ?? '{}' },
        ]),
      ),
      threads: new Set(threads.map((row) => row.id)),
    };
  }

  /** Some things can't be done: deleted messages refuse most, and who is not a member marks nothing. */
  async function tryTo(chat: ChatAddress, { act, who, which }: Step): Promise<void> {
    if (act === 'read' || act === 'begin') return;
    const messages = await log.dataSource.query<{ number: number; id: number; sender: string }[]>(
      'select number, id, sender from messages where chat_id = $1 order by number',
      [chat.id],
    );
    const threads = await log.dataSource.query<{ id: number }[]>('select id from threads where chat_id = $1', [
      chat.id,
    ]);
    const number = which % (messages.length + 1);
    const { id = 0, sender = who } = messages.find((each) => each.number === number) ?? {};
    const thread = which % 3 ? undefined : threads[which % Math.max(1, threads.length)]?.id;
    const base = { chat, origin: by(who), asVisitor: true } as const;
    const doings: Record<Doing, () => Promise<unknown>> = {
      send: () => log.log.append({ ...base, ...text(chat, who, `words ${which}`), threadId: thread }),
      sendOpaque: () => log.log.append({ ...base, type: 'send', kind: 'new', payloadJson: `{"n":${which}}` }),
      edit: () => {
        const words = `edited ${which}`;
        return log.log.append({ ...base, type: 'edit', origin: by(sender), target: { number }, text: words });
      },
      delete: () => log.log.append({ ...base, type: 'delete', target: { number }, asModerator: true }),
      react: () => {
        const reaction = 'xyz'.charAt(which % 3);
        return log.log.append({ ...base, type: 'react', number, reaction, adding: which % 4 > 0 });
      },
      thread: () => log.channels.createThread({ chat, origin: by(who), messageId: id, name: 'why' }),
      describe: () => log.channels.update({ chat, origin: by(who), description: `version ${which}` }),
      join: () => log.chats.join(chat, by(who)),
      leave: () => log.chats.leave(chat, by(who)),
      mark: () => log.log.append(mark(chat, who, which % 2 ? 'read' : 'dlvrd')),
    };
    await doings[act]().catch((error: unknown) => {
      if (!(error instanceof ParlanceError)) throw error;
    });
  }

  async function play(script: readonly Step[]): Promise<void> {
    const name = `channel-${randomBytes(6).toString('hex')}`;
    const { id, publicId } = await log.channels.create({ origin: by('Ann'), name });
    const chat: ChatAddress = { id, kind: 'channel', publicId, name };
    const followers = [new Follower(log, chat, { messages: new Map(), threads: new Set() }, START)];
    for (const step of script) {
      if (step.act === 'begin') {
        const [head] = await log.reader.heads([id]);
        followers.push(new Follower(log, chat, await stateOf(chat), head?.position ?? START));
      } else if (step.act === 'read') {
        await followers[step.which % followers.length]?.readPage(step);
      } else {
        await tryTo(chat, step);
      }
    }
    const state = await stateOf(chat);
    for (const [place, follower] of followers.entries()) {
      await follower.readAll(1 + ((script[place]?.limit ?? 1) % 12));
      expect(follower.held).toEqual(state);
    }
  }

  it('looks in the end as it is, from wherever and in whatever pages it is read, and whichever acks are lost', async () => {
    await fc.assert(fc.asyncProperty(steps, play), { numRuns: PLAYS });
  });
});
