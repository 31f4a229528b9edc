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
  last_seen bigint
) with (fillfactor = 70);
comment on column users.seen is 'a valid token has named this user; else somebody wrote to it';

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
  check ((kind in ('group', 'channel')) = (public_id is not null)),
  check ((kind in ('dialog', 'favorites')) = (user_a is not null and user_b is not null)),
  check (user_a collate "C" <= user_b collate "C")
);
create unique index chats_between on chats (user_a, user_b) where user_a is not null;
create unique index chats_created on chats (created_by, client_chat_id) where client_chat_id is not null;
create unique index chats_channel on chats (name) where kind = 'channel';

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
  dlvrd_to bigint not null,
  read_to bigint not null,
  sent bigint not null default 0,
  sent_at_read bigint not null default 0,
  primary key (chat_id, user_id)
) with (fillfactor = 60);
create index members_of_user on members (user_id, chat_id);
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

create table devices (
  id bigint generated always as identity primary key,
  user_id text not null,
  dialect text not null,
  name text not null,
  last_seen bigint not null,
  unique (user_id, dialect, name)
) with (fillfactor = 70);
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
