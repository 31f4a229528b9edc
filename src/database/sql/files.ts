/** Files that were sent, and who may read them. Their bytes are on disk, under the id. */
export const FILES = `
create table files (
  id text primary key,
  owner text not null,
  chat_id bigint,
  sent_after bigint,
  sent_to text,
  client_file_id text,
  filename text not null,
  bytes bigint not null,
  sha256 text not null,
  created_at bigint not null
);
create unique index files_once on files (owner, sent_to, client_file_id) where client_file_id is not null;
comment on column files.chat_id is 'where it is a message: whoever was in the chat then and still is may read it';
comment on column files.sent_after is 'the newest message of the chat before it: who joined after a later one was not sent it';
comment on column files.sent_to is 'where to, as its sender has named it: what client_file_id is unique in';

create table file_readers (
  file_id text not null,
  user_id text not null,
  primary key (file_id, user_id)
);
comment on table file_readers is 'to whom a file was handed that is in no chat';
`;
