/**
 * Calls: each is a message of kind 'call' in its chat, which is there from its start; here is what became of it, and how readers of the log
 * are told.
 */
export const CALLS = `
create table calls (
  chat_id bigint not null,
  number bigint not null,
  id text not null unique,
  message_id bigint not null,
  caller text not null,
  call_type text not null check (call_type in ('audio', 'video')),
  started_change bigint not null,
  started_at bigint not null,
  rings_until bigint not null,
  accepted_at bigint,
  alive_at bigint not null,
  closed_change bigint,
  closed_at bigint,
  ended_at bigint,
  status text check (status in ('received', 'missed')),
  primary key (chat_id, number),
  check ((closed_change is null) = (status is null))
) with (fillfactor = 70);
create unique index calls_open on calls (chat_id) where closed_change is null;
create index calls_in_progress on calls (started_at, id collate "C") where closed_change is null;
create index calls_by_change on calls (chat_id, closed_change) where closed_change is not null;
comment on column calls.alive_at is 'when a device of somebody who is in it was last known to be connected';
comment on column calls.closed_at is 'when it was closed; ended_at is the time from which on nobody was in it';

create table call_parties (
  chat_id bigint not null,
  number bigint not null,
  user_id text not null,
  ordinal integer not null,
  standing text not null check (standing in ('called', 'accepted', 'declined')),
  device_id bigint,
  connection_id text,
  answered_change bigint,
  answered_at bigint,
  implicit boolean not null default false,
  primary key (chat_id, number, user_id)
);
comment on column call_parties.answered_change is 'null for the caller, and while the user has not answered';
comment on column call_parties.implicit is 'accepted by a call of the user''s own that crossed this one: it may be accepted once more, as such a client will';

create view call_participants as
  select p.* from call_parties p
    join calls c on c.chat_id = p.chat_id and c.number = p.number
    join members m on m.chat_id = p.chat_id and m.user_id = p.user_id
    where m.left_change is null and m.joined_change < coalesce(p.answered_change, c.started_change);
comment on view call_participants is 'those parties that have been in the chat ever since they were called, or answered';

create function call_json(c calls) returns json
language sql stable
return json_strip_nulls(json_build_object('callId', c.id, 'caller', c.caller, 'callType', c.call_type,
  'participants', (select json_agg(user_id order by ordinal) from call_parties where chat_id = c.chat_id and number = c.number),
  'startedAt', c.started_at, 'ringsUntil', c.rings_until, 'acceptedAt', c.accepted_at,
  'ended', case when c.status is not null then json_build_object('at', c.ended_at, 'status', c.status,
    'durationS', (c.ended_at - coalesce(c.accepted_at, c.ended_at)) / 1000) end));

-- Not in SQL, for that would become part of each query that reads messages, and cost its start where there is no call.
create function call_of_message(p_chat bigint, p_number bigint) returns text
language plpgsql stable as $$
begin
  return (select call_json(c)::text from calls c where c.chat_id = p_chat and c.number = p_number);
end $$;

-- Nobody has accepted it in its time: it is over, also where nobody has closed it yet.
create function is_overdue(c calls, p_now bigint) returns boolean
language sql immutable
return c.accepted_at is null and c.rings_until <= p_now;

-- A call as a viewer catches it up: with when it was closed, whether it rings for the viewer (for the caller: elsewhere), and the viewer's
-- device that has answered.
create function call_detail(c calls, p_viewer text, p_now bigint) returns text
language sql stable
return json_build_object('call', call_json(c), 'closedAt', c.closed_at,
  'answeredBy', (select device_id from call_parties where chat_id = c.chat_id and number = c.number and user_id = p_viewer
    and answered_change is not null),
  'rings', c.closed_change is null and p_now < c.rings_until and case when c.caller = p_viewer then c.accepted_at is null
    else exists (select from call_participants where chat_id = c.chat_id and number = c.number and user_id = p_viewer
      and standing = 'called') end)::text;

-- What is told of a chat's calls above a change, beside their messages: that they are over, also to whoever has left and come back since
-- they rang there, and how the viewer itself has answered.
create function call_changes(p_chat bigint, p_viewer text, p_joined_number bigint, p_above bigint)
returns table (what text, change bigint, number bigint, at bigint, user_id text, kind text)
language sql stable as $$
  select 'closed', c.closed_change, c.number, c.closed_at, c.caller, 'call' from calls c
    where c.chat_id = p_chat and c.closed_change > p_above and (c.number > p_joined_number
      or exists (select from call_parties where chat_id = p_chat and number = c.number and user_id = p_viewer))
  union all
  select 'answered', p.answered_change, p.number, p.answered_at, p.user_id, p.standing from calls c
    join call_participants p on p.chat_id = c.chat_id and p.number = c.number
    where c.chat_id = p_chat and c.closed_change is null and p.user_id = p_viewer and p.answered_change > p_above
$$;

-- Not in SQL, as above.
create function call_message_detail(p_chat bigint, p_number bigint, p_viewer text, p_now bigint) returns text
language plpgsql stable as $$
begin
  return (select call_detail(c, p_viewer, p_now) from calls c where c.chat_id = p_chat and c.number = p_number);
end $$;
`;
