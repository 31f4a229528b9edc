import { Client } from 'pg';
import { plainName } from './people.js';

/** A message as the log has it. What is not said is not so. */
export interface StoredMessage {
  readonly number: number;
  readonly sender: string;
  readonly text?: string;
  /** What clients of payloads are shown, where that is more than text and attachments. */
  readonly payload?: unknown;
  readonly attachments?: readonly object[];
  /** The number of the message whose thread it is in. */
  readonly thread?: number;
  readonly edited?: true;
  readonly deleted?: true;
  readonly reactions?: Readonly<Record<string, number>>;
  readonly clientMessageId?: string;
}

/** What a chat is in the database once something was done in it. Without times and ids. */
export interface CoreState {
  /** What was done that counts: the numbers that the chat gave to changes since it was looked at first. */
  readonly changes: number;
  readonly messages: readonly StoredMessage[];
  /** `1 Ann 👍`; one that was taken away with a minus before it. */
  readonly reactions: readonly string[];
  /** `Ann read 2`: up to that message. */
  readonly marks: readonly string[];
  /** `Ann: sent 2, read 1`, of members of whom there is something to say; `Ann: left`. */
  readonly members: readonly string[];
  /** `1 lunch by Ann`: the number of the source, the name. */
  readonly threads: readonly string[];
}

interface MessageRow {
  readonly number: number;
  readonly sender: string;
  readonly text: string | null;
  readonly payload: string | null;
  readonly attachments: string | null;
  readonly source: number | null;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: string | null;
  readonly client_message_id: string | null;
}

/** Reads what became of a chat, past the server. Whoever opens it closes it. */
export class Core {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Core> {
    const client = new Client({ connectionString: url, application_name: 'parlance tests' });
    await client.connect();
    return new Core(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async newestChange(chat: number): Promise<number> {
    return (await this.one('select newest_change::int as value from heads where chat_id = $1', [chat])) ?? 0;
  }

  async newestNumber(chat: number): Promise<number> {
    return (await this.one('select newest_number::int as value from heads where chat_id = $1', [chat])) ?? 0;
  }

  messageId(chat: number, number: number): Promise<number | undefined> {
    return this.one('select id::int as value from messages where chat_id = $1 and number = $2', [chat, number]);
  }

  threadId(source: number): Promise<number | undefined> {
    return this.one('select id::int as value from threads where message_id = $1', [source]);
  }

  dialogOf(users: readonly string[]): Promise<number | undefined> {
    return this.one('select id::int as value from chats where array[user_a, user_b] <@ $1 and user_a <> user_b', [
      users,
    ]);
  }

  numberOf(publicId: string): Promise<number | undefined> {
    return this.one('select id::int as value from chats where public_id = $1', [publicId]);
  }

  async publicIdOf(chat: number): Promise<string> {
    const { rows } = await this.client.query<{ public_id: string }>('select public_id from chats where id = $1', [
      chat,
    ]);
    return rows[0]?.public_id ?? '';
  }

  userNumber(userId: string): Promise<number | undefined> {
    return this.one('select number::int as value from users where id = $1', [userId]);
  }

  async stateOf(chat: number, since: number): Promise<CoreState> {
    return {
      changes: (await this.newestChange(chat)) - since,
      messages: await this.messages(chat),
      reactions: await this.lines(REACTIONS, chat),
      marks: await this.lines(MARKS, chat),
      members: await this.lines(MEMBERS, chat),
      threads: await this.lines(THREADS, chat),
    };
  }

  private async messages(chat: number): Promise<readonly StoredMessage[]> {
    const { rows } = await this.client.query<MessageRow>(MESSAGES, [chat]);
    return rows.map(storedMessage);
  }

  private async lines(sql: string, chat: number): Promise<readonly string[]> {
    const { rows } = await this.client.query<{ who: string; line: string }>(sql, [chat]);
    return rows.map(({ who, line }) => line.replace('@', plainName(who))).sort();
  }

  private async one(sql: string, values: readonly unknown[]): Promise<number | undefined> {
    const { rows } = await this.client.query<{ value: number }>(sql, [...values]);
    return rows[0]?.value;
  }
}

/** In each line `@` stands for the user. */
const REACTIONS = `select user_id as who, concat(number, ' @ ', case when adding then '' else '-' end, reaction) as line
  from reactions where chat_id = $1`;
const MARKS = `select user_id as who, concat('@ ', kind, ' ', up_to) as line from marks where chat_id = $1`;
const MEMBERS = `select user_id as who, concat('@: ', case when left_change is null then counts else 'left' end) as line
  from members, concat_ws(', ', 'sent ' || nullif(sent, 0), 'read ' || nullif(read_to, 0), 'dlvrd ' || nullif(dlvrd_to, 0)) as counts
  where chat_id = $1 and (left_change is not null or counts <> '')`;
const THREADS = `select t.creator as who, concat(m.number, ' ', t.name, ' by @') as line
  from threads t join messages m on m.id = t.message_id where t.chat_id = $1`;
const MESSAGES = `select m.number::int, m.sender, m.text, m.payload, m.attachments, s.number::int as source,
    m.updated_at is not null as edited, m.deleted_at is not null as deleted, m.reactions, m.client_message_id
  from messages m left join threads t on t.id = m.thread_id left join messages s on s.id = t.message_id
  where m.chat_id = $1 order by m.number`;

function storedMessage(row: MessageRow): StoredMessage {
  const attachments = JSON.parse(row.attachments ?? '[]') as readonly object[];
  const reactions = JSON.parse(row.reactions ?? '{}') as Record<string, number>;
  const payload = ownPayload(row, attachments);
  return {
    number: row.number,
    sender: plainName(row.sender),
    ...(row.text !== null && { text: row.text }),
    ...(payload !== undefined && { payload }),
    ...(attachments.length > 0 && { attachments }),
    ...(row.source !== null && { thread: row.source }),
    ...(row.edited && { edited: true as const }),
    ...(row.deleted && { deleted: true as const }),
    ...(Object.keys(reactions).length > 0 && { reactions }),
    ...(row.client_message_id !== null && { clientMessageId: row.client_message_id }),
  };
}

/** A payload that says text and attachments and nothing else is what the other dialects say with them. */
function ownPayload({ text, payload }: MessageRow, attachments: readonly object[]): unknown {
  if (payload === null) return undefined;
  const parsed = JSON.parse(payload) as unknown;
  const said = { ...(text !== null && { message: text }), ...(attachments.length > 0 && { attachments }) };
  return JSON.stringify(parsed) === JSON.stringify(said) ? undefined : parsed;
}
