import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import type { CallRow, ChatChangeRow, ChatRow, MemberRow, MessageRow, ReactionRow, UserRow } from './noted-rows.js';
import type { OutboxNote } from './outbox.repository.js';

/** What happened in the chats that notes name, and the chats and users themselves. */
export interface NotedChanges {
  readonly chats: readonly ChatRow[];
  /** Of chats of up to `RECEIPT_MEMBERS`, channels excepted. */
  readonly members: readonly MemberRow[];
  readonly messages: readonly MessageRow[];
  readonly reactions: readonly ReactionRow[];
  readonly calls: readonly CallRow[];
  readonly chatChanges: readonly ChatChangeRow[];
  readonly users: readonly UserRow[];
}

/** Reads the log where it was noted to have gone on; how things stand by now, which may be later. */
@Injectable()
export class NotedChangesRepository {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  async read(notes: readonly OutboxNote[]): Promise<NotedChanges> {
    const ids = notes.map(({ id }) => id);
    const [messages, reactions, calls, chatChanges, users, chats, members] = await Promise.all([
      this.database.query<MessageRow>(MESSAGES, [ids]),
      this.database.query<ReactionRow>(REACTIONS, [ids]),
      this.database.query<CallRow>(CALLS, [ids]),
      this.database.query<ChatChangeRow>(CHAT_CHANGES, [ids]),
      this.database.query<UserRow>(USERS, [ids]),
      this.database.query<ChatRow>(CHATS, [ids]),
      this.database.query<MemberRow>(MEMBERS, [ids, this.config.limits.receiptMembers]),
    ]);
    return { messages, reactions, calls, chatChanges, users, chats, members };
  }
}

const COLUMNS = `m.number, m.id, m.sender, m.client_message_id, m.thread_id, m.text, m.attachments, m.reply_to, m.created_at,
      m.updated_at, m.deleted_at`;

/** Sent ones are found by their numbers, touched ones by the index of those that were. */
const MESSAGES = `
  select o.id as note_id, o.chat_id, 'sent' as what, m.created_change as change, m.created_at as at, ${COLUMNS}
    from outbox o join messages m on m.chat_id = o.chat_id and m.number > o.from_number and m.number <= o.to_number
    where o.id = any ($1) and m.kind = 'new'
  union all
  select o.id, o.chat_id, t.what, t.change, t.at, ${COLUMNS}
    from outbox o
    join messages m on m.chat_id = o.chat_id and m.change > m.created_change and m.change > o.from_change
    cross join lateral (values
      ('edited', m.edited_change, m.updated_at), ('deleted', m.deleted_change, m.deleted_at)) t (what, change, at)
    where o.id = any ($1) and t.change > o.from_change and t.change <= o.to_change and (t.what = 'deleted' or m.kind = 'new')`;

const REACTIONS = `
  select o.id as note_id, o.chat_id, r.change, r.at, m.number, m.id, m.sender, m.client_message_id, m.thread_id, r.user_id, r.reaction,
      r.adding, m.reactions
    from outbox o
    join messages m on m.chat_id = o.chat_id and m.change > m.created_change and m.change > o.from_change
      and m.reacted_change > o.from_change
    join reactions r on r.chat_id = m.chat_id and r.number = m.number and r.change > o.from_change and r.change <= o.to_change
    where o.id = any ($1)`;

const CALL_COLUMNS = `c.number, c.id as call_id, c.caller, c.call_type, c.started_at, c.status,
      coalesce(floor((c.ended_at - c.accepted_at) / 1000), 0)::integer as duration`;

const CALLS = `
  select o.id as note_id, o.chat_id, 'started' as what, c.started_change as change, c.started_at as at, ${CALL_COLUMNS}
    from outbox o join calls c on c.chat_id = o.chat_id and c.number > o.from_number and c.number <= o.to_number
    where o.id = any ($1)
  union all
  select o.id, o.chat_id, 'ended', c.closed_change, c.closed_at, ${CALL_COLUMNS}
    from outbox o join calls c on c.chat_id = o.chat_id and c.closed_change > o.from_change and c.closed_change <= o.to_change
    where o.id = any ($1)`;

/** A channel's description is part of what anybody may be told of it; where both were changed by one change, that says all. */
const CHAT_CHANGES = `
  select o.id as note_id, o.chat_id, t.what, t.change, o.at
    from outbox o
    join chats c on c.id = o.chat_id
    join heads h on h.chat_id = o.chat_id
    cross join lateral (values ('channel', c.described_change), ('chat', nullif(h.info_change, c.described_change))) t (what, change)
    where o.id = any ($1) and t.change > o.from_change and t.change <= o.to_change`;

const USERS = `
  select o.id as note_id, u.number, u.id, u.name, o.at from outbox o join users u on u.id = o.user_id where o.id = any ($1)`;

const CHATS = `
  select c.id, c.kind, c.public_id, c.user_a, c.user_b, c.name, c.photo_url, c.description, c.deleted_change is not null as is_deleted,
      h.members as member_count
    from chats c join heads h on h.chat_id = c.id
    where c.id = any (select chat_id from outbox where id = any ($1))`;

const MEMBERS = `
  select m.chat_id, m.user_id, m.role, m.joined_number
    from members m join heads h on h.chat_id = m.chat_id join chats c on c.id = m.chat_id
    where m.chat_id = any (select chat_id from outbox where id = any ($1))
      and h.members <= $2 and c.kind <> 'channel' and m.left_change is null
    order by m.chat_id, m.joined_change, m.user_id`;
