/**
 * Tables. Times are bigint milliseconds, ids of users text, ids of chats and devices numbers of our own.
 *
 * Primary keys of what belongs to a chat begin with `chat_id`, so that these tables can be distributed by chat one day.
 * There are no foreign keys on messages, marks and cursors (a third of an insert's cost; the log checks anyway), and no index on
 * a column that an append changes, so that updates stay heap-only (hence the fill factors).
 */
export const TABLES = `
create table users (
  id text primary key,
  number bigint generated always as identity unique,
  name text,
  created_at bigint not null,
  seen boolean not null default false,
  last_seen bigint,
  password_hash text,
  token_version integer not null default 0,
  tokens_revoked_at bigint,
  banned_at bigint,
  banned_until bigint,
  ban_reason text,
  is_erasing boolean not null default false,
  refused_at bigint
) with (fillfactor = 70);
create index users_refused on users (refused_at) where refused_at is not null;
comment on column users.refused_at is 'when tokens, or the user, were last refused from then on, by the clock of the database';
create index users_banned on users (number) where banned_at is not null;
comment on column users.seen is 'registered here, or named by a valid token; else somebody wrote to it';
comment on column users.number is 'the id that concord shows';
comment on column users.token_version is 'of tokens made here older versions are refused';
comment on column users.banned_at is 'set while there is a ban; it counts until banned_until, for good where that is null';
comment on column users.is_erasing is 'all tokens are refused until it is done';
comment on column users.tokens_revoked_at is 's since the epoch: of other tokens those issued up to then are refused';

create table chats (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('dialog', 'favorites', 'group', 'channel')),
  public_id text unique,
  user_a text,
  user_b text,
  name text,
  photo_url text,
  created_by text,
  client_chat_id text,
  created_at bigint not null,
  description text,
  parent_id bigint,
  ordinality integer not null default 0,
  capabilities text[],
  described_change bigint,
  named_change bigint,
  deleted_change bigint,
  check ((kind in ('group', 'channel')) = (public_id is not null)),
  check ((kind in ('dialog', 'favorites')) = (user_a is not null and user_b is not null)),
  check (user_a collate "C" <= user_b collate "C")
);
create unique index chats_between on chats (user_a, user_b) where user_a is not null;
create unique index chats_created on chats (created_by, client_chat_id) where client_chat_id is not null;
create index chats_of_kind on chats (kind, id) where kind <> 'dialog';
create unique index chats_channel on chats (name) where kind = 'channel' and deleted_change is null;
comment on column chats.described_change is 'of a channel: the last change of what describes it, its creation (1) and its deletion too';
comment on column chats.named_change is 'of a channel that was renamed: the change that gave it the name that it has';
comment on column chats.deleted_change is 'of a channel that was deleted: nobody sees it any more, and its name is free';

create table heads (
  chat_id bigint primary key,
  newest_change bigint not null default 0,
  newest_number bigint not null default 0,
  newest_at bigint,
  info_change bigint not null default 0,
  members integer not null,
  writer bigint
) with (fillfactor = 50);
comment on table heads is 'what every change moves: whoever changes a chat locks its row here first';
comment on column heads.newest_at is 'when the newest message was sent';
comment on column heads.writer is 'the session that made the newest change, by the number that it gave itself';
comment on column heads.info_change is 'the last change of name, photo, members or roles';

create table members (
  chat_id bigint not null,
  user_id text not null,
  role text not null check (role in ('owner', 'admin', 'member')),
  joined_change bigint not null,
  joined_number bigint not null,
  joined_at bigint not null,
  left_change bigint,
  left_at bigint,
  dlvrd_to bigint not null,
  read_to bigint not null,
  sent bigint not null default 0,
  sent_at_read bigint not null default 0,
  primary key (chat_id, user_id)
) with (fillfactor = 60);
create index members_of_user on members (user_id, chat_id);
create index members_left on members (left_at) where left_at is not null;
comment on column members.left_at is 'when the user was out last, by the clock of the database';
comment on column members.left_change is 'set while the user is out; the row stays so that its devices are told';
comment on column members.sent_at_read is 'own messages at or below read_to, so that read_to + sent - sent_at_read is what missed is counted from';

create sequence message_ids;
create table messages (
  chat_id bigint not null,
  number bigint not null,
  id bigint not null default nextval('message_ids'),
  sender text not null,
  client_message_id text,
  kind text not null default 'new' check (kind in ('new', 'call')),
  text text,
  payload text,
  metadata text,
  urgent boolean,
  attachments text,
  forwarded text,
  reply_to bigint,
  thread_id bigint,
  reactions text,
  created_change bigint not null,
  edited_change bigint,
  deleted_change bigint,
  reacted_change bigint,
  change bigint not null,
  created_at bigint not null,
  updated_at bigint,
  deleted_at bigint,
  primary key (chat_id, number)
) with (fillfactor = 90);
create unique index messages_id on messages (id);
create unique index messages_once on messages (chat_id, sender, client_message_id) where client_message_id is not null;
create index messages_urgent on messages (chat_id, number) where urgent;
create index messages_touched on messages (chat_id, change) where change > created_change;
comment on column messages.payload is 'what a realtime client sent, whole: text and attachments are taken from it where it has them';
comment on column messages.urgent is 'goes ahead of what else waits for an offline user';
comment on column messages.change is 'the greatest of the four; rows with more than their creation are in messages_touched';

-- Apart from messages, where those of dialogs and groups would pay for these indexes too.
create table shown_messages (
  chat_id bigint not null,
  id bigint not null,
  sender text not null,
  thread_id bigint,
  created_at bigint not null,
  search tsvector not null,
  primary key (chat_id, id)
);
create index shown_messages_newest on shown_messages ((- id));
create index shown_messages_by_author on shown_messages (sender, id);
create index shown_messages_in_thread on shown_messages (thread_id, id) where thread_id is not null;
create index shown_messages_searched on shown_messages using gin (search) with (gin_pending_list_limit = 1024);
comment on table shown_messages is 'what channels list and search: their messages that have a text and are not deleted; a deleted channel leaves its rows';
comment on column shown_messages.id is 'the message''s, by which the rest of it is found';
comment on index shown_messages_newest is 'not on id as it is, for the planner would take it also for one channel, thread or author, and walk it past all others';
comment on index shown_messages_searched is 'of what is put off, 1 MiB: an append that has to catch up on it takes some 50 ms, with the default of 4 MiB 130';

create table marks (
  chat_id bigint not null,
  user_id text not null,
  kind text not null check (kind in ('dlvrd', 'read')),
  up_to bigint not null,
  prev bigint not null,
  at bigint not null,
  change bigint not null,
  primary key (chat_id, user_id, kind, up_to)
);
create index marks_by_change on marks (chat_id, change);

create table reactions (
  chat_id bigint not null,
  number bigint not null,
  user_id text not null,
  reaction text not null,
  adding boolean not null,
  change bigint not null,
  at bigint not null,
  primary key (chat_id, number, user_id, reaction)
) with (fillfactor = 80);

create table threads (
  id bigint generated always as identity primary key,
  chat_id bigint not null,
  message_id bigint not null unique,
  creator text not null,
  name text not null,
  change bigint not null,
  created_at bigint not null
);
create index threads_by_change on threads (chat_id, change);
comment on column threads.message_id is 'the source, by its number among all messages';

create table server_profile (
  single boolean primary key default true check (single),
  name text not null,
  description text,
  icon_id bigint,
  default_channel bigint not null,
  channels_version bigint not null default 1
);
comment on table server_profile is 'one row: whoever makes, moves, renames or deletes a channel locks it first, so that one at a time does';
comment on column server_profile.channels_version is 'goes up with whatever becomes of a channel, so that nobody has to read them all to see that nothing did';

create view channels as
  select c.id, c.public_id, c.parent_id, c.ordinality, c.name, c.description, c.capabilities, c.created_at, u.number as created_by,
      c.described_change, c.deleted_change
    from chats c left join users u on u.id = c.created_by
    where c.kind = 'channel';
comment on view channels is 'what describes the channels, deleted ones too';

create table devices (
  id bigint generated always as identity primary key,
  user_id text not null,
  dialect text not null,
  name text not null,
  last_seen bigint not null,
  opened_as bigint not null default 0,
  unique (user_id, dialect, name)
) with (fillfactor = 70);
comment on column devices.opened_as is 'of the connections that have opened, on several servers, the latest introduction; 0 where nobody asks';
comment on column devices.name is 'empty for the user''s unnamed device in this dialect';

create table cursors (
  device_id bigint not null,
  chat_id bigint not null,
  change bigint not null,
  number bigint not null,
  ahead bigint[] not null default '{}',
  primary key (device_id, chat_id)
) with (fillfactor = 60);
comment on column cursors.ahead is 'changes above the cursor that the device has had already';
`;
