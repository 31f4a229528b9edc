import type { Client } from 'pg';

/** A message as PostgreSQL has it. */
export interface LoggedWord {
  readonly kind: 'dialog' | 'favorites' | 'group' | 'channel';
  readonly publicId: string | null;
  readonly userA: string | null;
  readonly userB: string | null;
  readonly id: number;
  readonly number: number;
  readonly sender: string;
  /** What it was sent as, for good. */
  readonly word: string;
  /** What it says now. */
  readonly text: string;
}

export interface LoggedTopicWord {
  readonly topic: string;
  readonly messageId: string;
  readonly word: string;
}

export interface TrafficLog {
  readonly messages: readonly LoggedWord[];
  readonly broadcasts: readonly LoggedTopicWord[];
  /** Chats whose messages have other numbers than 1 to the newest. */
  readonly gappy: readonly string[];
}

/** Reads the truth past the servers, in one snapshot each. */
export async function readTrafficLog(client: Client): Promise<TrafficLog> {
  const [messages, broadcasts, gappy] = [
    await client.query<LoggedWord>(MESSAGES),
    await client.query<LoggedTopicWord>(BROADCASTS),
    await client.query<{ chat: string }>(GAPPY),
  ];
  return { messages: messages.rows, broadcasts: broadcasts.rows, gappy: gappy.rows.map(({ chat }) => chat) };
}

const MESSAGES = `
  select c.kind, c.public_id as "publicId", c.user_a as "userA", c.user_b as "userB", m.id::int, m.number::int, m.sender,
      coalesce(m.client_message_id, m.text) as word, coalesce(m.text, m.payload::json ->> 'message') as text
    from messages m join chats c on c.id = m.chat_id
    order by m.chat_id, m.number`;

const BROADCASTS = `
  select topic, message_id as "messageId", payload::json ->> 'message' as word from topic_messages order by number`;

const GAPPY = `
  select c.kind || ' ' || coalesce(c.public_id, c.user_a || ' ' || c.user_b) || ': ' || count(m.number) || ' of ' || h.newest_number as chat
    from chats c join heads h on h.chat_id = c.id left join messages m on m.chat_id = c.id
    group by c.id, h.chat_id, h.newest_number
    having count(m.number) <> h.newest_number or coalesce(max(m.number), 0) <> h.newest_number`;
