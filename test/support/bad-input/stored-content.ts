import type { Client } from 'pg';

/** Everything durable that a frame could have changed. When users and devices were seen last is not. */
const CONTENT = `
  select json_build_array(
    (select json_agg(json_build_array(id, password_hash, token_version) order by id) from users),
    (select json_agg(c order by id) from chats c),
    (select json_agg(h order by chat_id) from heads h),
    (select json_agg(m order by chat_id, user_id) from members m),
    (select json_agg(m order by chat_id, number) from messages m),
    (select json_agg(m order by chat_id, user_id, kind, up_to) from marks m),
    (select json_agg(r order by chat_id, number, user_id, reaction) from reactions r),
    (select json_agg(t order by number) from topic_messages t),
    (select json_agg(t order by topic) from topic_heads t),
    (select json_agg(k order by sender, topic, key) from topic_keys k),
    (select json_agg(f order by id) from files f),
    (select json_agg(t order by id) from threads t),
    (select json_agg(p) from server_profile p)
  )::text as content`;

/** What is stored, to be compared. */
export async function storedContent(database: Client): Promise<string> {
  const { rows } = await database.query<{ content: string }>(CONTENT);
  return rows[0]?.content ?? '';
}
