/**
 * What an export has of a user, list by list. Each statement takes the user, a place and a limit, and answers rows behind that place, in
 * order: `place`, and `item`, the JSON of what is exported; null where the row is not the user's.
 *
 * One of `chat` is asked of each chat, whose number is its first parameter, before the others. One of `span` too, and there of one stretch
 * of the messages after the other, whose end is its last parameter.
 */
export interface ExportSection {
  readonly name: string;
  readonly sql: string;
  readonly first: string | number;
  readonly of: 'user' | 'chat' | 'span';
}

const DEVICES = `
  select id as place, json_build_object('dialect', dialect, 'name', name, 'lastSeen', last_seen)::text as item
    from devices where user_id = $1 and id > $2 order by id limit $3`;

const SESSIONS = `
  select id as place, json_build_object('name', name, 'lastSeen', last_seen, 'subscriptions', (
      select coalesce(json_agg(pattern order by pattern), '[]') from session_subscriptions where session_id = s.id))::text as item
    from sessions s where user_id = $1 and id > $2 order by id limit $3`;

const CHATS = `
  select c.id as place, json_build_object('chat', c.id, 'type', c.kind,
      'chatId', coalesce(c.public_id, case when c.user_a = $1 then c.user_b else c.user_a end), 'name', c.name, 'role', m.role,
      'joinedAt', m.joined_at, 'isIn', m.left_change is null, 'deliveredTo', m.dlvrd_to, 'readTo', m.read_to)::text as item
    from members m join chats c on c.id = m.chat_id
    where m.user_id = $1 and m.chat_id > $2 order by m.chat_id limit $3`;

const MESSAGES = `
  select number as place, json_build_object('id', id, 'chat', chat_id, 'messageId', number, 'clientMessageId', client_message_id,
      'type', kind, 'message', text, 'payload', payload::json, 'metadata', metadata::json, 'attachments', attachments::json,
      'forwarded', forwarded::json, 'replyTo', reply_to, 'threadId', thread_id, 'reactions', reactions::json, 'createdAt', created_at,
      'updatedAt', updated_at, 'deletedAt', deleted_at)::text as item
    from messages where chat_id = $1 and sender = $2 and number > $3 and number <= $5 order by number limit $4`;

const REACTIONS = `
  select change as place,
      json_build_object('chat', chat_id, 'messageId', number, 'reaction', reaction, 'adding', adding, 'at', at)::text as item
    from (
      select * from reactions where chat_id = $1 and user_id = $2 order by number) r
    where change > $3 order by change limit $4`;

const MARKS = `
  select change as place, json_build_object('chat', chat_id, 'kind', kind, 'upTo', up_to, 'at', at)::text as item
    from marks where chat_id = $1 and user_id = $2 and change > $3 order by change limit $4`;

const CALLS = `
  select c.number as place, json_build_object('callId', c.id, 'chat', c.chat_id, 'messageId', c.number, 'callType', c.call_type,
      'caller', c.caller, 'standing', p.standing, 'startedAt', c.started_at, 'answeredAt', p.answered_at, 'closedAt', c.closed_at,
      'status', c.status)::text as item
    from call_parties p join calls c on c.chat_id = p.chat_id and c.number = p.number
    where p.chat_id = $1 and p.user_id = $2 and p.number > $3 order by p.number limit $4`;

const THREADS = `
  select id as place, json_build_object('threadId', id, 'chat', chat_id, 'name', name, 'createdAt', created_at)::text as item
    from threads where chat_id = $1 and creator = $2 and id > $3 order by id limit $4`;

const FILES = `
  select id as place, json_build_object('id', id, 'filename', filename, 'bytes', bytes, 'sha256', sha256, 'chat', chat_id,
      'sentTo', sent_to, 'createdAt', created_at, 'url', '/api/files/' || id)::text as item
    from files where owner = $1 and id > $2 order by id limit $3`;

/** Looked through by number, for there is no index by sender: what others sent is passed over. */
const TOPIC_MESSAGES = `
  select number as place, case when sender = $1 then json_build_object('messageId', message_id, 'topic', topic,
      'payload', payload::json, 'metadata', metadata::json, 'at', at)::text end as item
    from topic_messages where number > $2 order by number limit $3`;

const AUDIT = `
  select id as place, json_build_object('at', at, 'actor', actor, 'action', action, 'subject', subject, 'details', details::json,
      'outcome', outcome)::text as item
    from audit where (subject = $1 or actor = $1) and id > $2 order by id limit $3`;

/** In the order of the document. */
export const EXPORT_SECTIONS: readonly ExportSection[] = [
  { name: 'devices', sql: DEVICES, first: 0, of: 'user' },
  { name: 'sessions', sql: SESSIONS, first: 0, of: 'user' },
  { name: 'chats', sql: CHATS, first: 0, of: 'user' },
  { name: 'messages', sql: MESSAGES, first: 0, of: 'span' },
  { name: 'reactions', sql: REACTIONS, first: 0, of: 'chat' },
  { name: 'marks', sql: MARKS, first: 0, of: 'chat' },
  { name: 'calls', sql: CALLS, first: 0, of: 'chat' },
  { name: 'threads', sql: THREADS, first: 0, of: 'chat' },
  { name: 'topicMessages', sql: TOPIC_MESSAGES, first: 0, of: 'user' },
  { name: 'files', sql: FILES, first: '', of: 'user' },
  { name: 'audit', sql: AUDIT, first: 0, of: 'user' },
];
