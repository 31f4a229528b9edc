import { LOOKUP_SETTINGS, PLANNER_SETTINGS } from './settings.js';

/**
 * What moves calls. Like every change of a chat, those of a call lock its head first and take its next change numbers.
 *
 * The functions answer a row for each step that was taken, in order; a request that changed nothing is answered one that tells none.
 * Everything in a row is as the last step has left it but the change's own columns. The ending of a call is two changes: `change`,
 * and, one above it, that the call can be read as a message.
 */
export const CALL_CHANGES = `
create type call_changed as (
  code smallint,
  field text,
  step text,
  change bigint,
  newest bigint,
  at bigint,
  after_another boolean,
  base bigint,
  peer_base bigint,
  number bigint,
  message_id bigint,
  call text,
  accepted text[],
  device bigint
);

create function call_answer(p_step text, p_answer chat_changed, c calls) returns call_changed
language sql stable
return row (p_answer.code, p_answer.field, p_step, p_answer.change, p_answer.newest, p_answer.at, p_answer.after_another, null, null,
  c.number, c.message_id, call_json(c)::text,
  array(select user_id from call_participants where chat_id = c.chat_id and number = c.number and standing = 'accepted' order by ordinal),
  null)::call_changed;

-- How it was answered by one of its parties, on which device.
create function party_answer(p_step text, p_answer chat_changed, p_call calls, p_device bigint) returns call_changed
language plpgsql stable as $$
declare
  v_row call_changed;
begin
  v_row := call_answer(p_step, p_answer, p_call);
  v_row.device := p_device;
  return v_row;
end $$;

-- As many are in it, or called, as there may be, and the user is none of them.
create function is_full(c calls, p_user text, p_max_members integer) returns boolean
language sql stable
return not exists (select from call_parties where chat_id = c.chat_id and number = c.number and user_id = p_user)
  and (select count(*) from call_parties where chat_id = c.chat_id and number = c.number) >= p_max_members;

-- A call of the chat for one of its members, under the chat's lock; 404 where it is none, or for a stranger.
create function begin_call_change(p_chat bigint, p_call text, p_user text, out o_answer chat_changed, out o_call calls, out o_party call_participants)
language plpgsql volatile as $$
begin
  o_answer := begin_chat_change(p_chat, p_user);
  select * into o_call from calls where id = p_call and chat_id = p_chat;
  if o_answer.code is not null or o_call.id is null then
    o_answer.code := 404;
    o_answer.field := 'callId';
    return;
  end if;
  select * into o_party from call_participants where chat_id = p_chat and number = o_call.number and user_id = p_user;
end $$;

create function end_call(p_call calls, p_ended_at bigint, p_answer chat_changed) returns call_changed
language plpgsql volatile as $$
declare
  v_call calls;
begin
  p_answer.code := 200;
  p_answer.change := p_answer.change + 1;
  update calls set closed_change = p_answer.change, closed_at = p_answer.at, ended_at = greatest(p_ended_at, accepted_at, started_at),
      status = case when accepted_at is null then 'missed' else 'received' end
    where id = p_call.id returning * into v_call;
  update messages set edited_change = p_answer.change + 1, change = p_answer.change + 1
    where chat_id = v_call.chat_id and number = v_call.number;
  update heads set newest_change = p_answer.change + 1, writer = this_writer() where chat_id = v_call.chat_id;
  return call_answer('closed', p_answer, v_call);
end $$;

create function accept_call(p_call calls, p_user text, p_device bigint, p_connection text, p_implicit boolean, p_answer chat_changed)
returns call_changed
language plpgsql volatile as $$
declare
  v_call calls;
begin
  p_answer.code := 200;
  p_answer.change := p_answer.change + 1;
  insert into call_parties as p (chat_id, number, user_id, ordinal, standing, device_id, connection_id, answered_change, answered_at, implicit)
    select p_call.chat_id, p_call.number, p_user, max(ordinal) + 1, 'accepted', p_device, p_connection, p_answer.change, p_answer.at, p_implicit
      from call_parties where chat_id = p_call.chat_id and number = p_call.number
    on conflict (chat_id, number, user_id) do update set standing = excluded.standing, device_id = excluded.device_id,
      connection_id = excluded.connection_id, answered_change = excluded.answered_change, answered_at = excluded.answered_at,
      implicit = excluded.implicit;
  update calls set accepted_at = coalesce(accepted_at, p_answer.at), alive_at = greatest(alive_at, p_answer.at)
    where id = p_call.id returning * into v_call;
  update heads set newest_change = p_answer.change, writer = this_writer() where chat_id = p_call.chat_id;
  return party_answer('accepted', p_answer, v_call, p_device);
end $$;

create function decline_call(p_call calls, p_user text, p_device bigint, p_connection text, p_answer chat_changed) returns call_changed
language plpgsql volatile as $$
begin
  update call_parties set standing = 'declined', device_id = p_device, connection_id = p_connection,
      answered_change = p_answer.change + 1, answered_at = p_answer.at
    where chat_id = p_call.chat_id and number = p_call.number and user_id = p_user;
  if p_call.accepted_at is null and not exists (
      select from call_participants where chat_id = p_call.chat_id and number = p_call.number and standing = 'called') then
    return end_call(p_call, p_answer.at, p_answer);
  end if;
  p_answer.code := 200;
  p_answer.change := p_answer.change + 1;
  update heads set newest_change = p_answer.change, writer = this_writer() where chat_id = p_call.chat_id;
  return party_answer('declined', p_answer, p_call, p_device);
end $$;

create function ring(p_chat bigint, p_user text, p_call text, p_call_type text, p_device bigint, p_connection text, p_ring_ms bigint,
  p_answer chat_changed) returns call_changed
language plpgsql volatile as $$
declare
  v_call calls;
  v_row call_changed;
begin
  p_answer.code := 200;
  p_answer.change := p_answer.change + 1;
  p_answer.newest := p_answer.newest + 1;
  insert into messages (chat_id, number, sender, kind, created_change, change, created_at)
    values (p_chat, p_answer.newest, p_user, 'call', p_answer.change, p_answer.change, p_answer.at)
    returning id into v_call.message_id;
  insert into calls (chat_id, number, id, message_id, caller, call_type, started_change, started_at, rings_until, alive_at)
    values (p_chat, p_answer.newest, p_call, v_call.message_id, p_user, p_call_type, p_answer.change, p_answer.at,
      p_answer.at + p_ring_ms, p_answer.at)
    returning * into v_call;
  insert into call_parties (chat_id, number, user_id, ordinal, standing, device_id, connection_id)
    select p_chat, p_answer.newest, user_id, row_number() over (order by (user_id <> p_user), user_id collate "C") - 1,
        case when user_id = p_user then 'accepted' else 'called' end,
        case when user_id = p_user then p_device end, case when user_id = p_user then p_connection end
      from members where chat_id = p_chat and left_change is null;
  update heads set newest_change = p_answer.change, newest_number = p_answer.newest, newest_at = p_answer.at, writer = this_writer()
    where chat_id = p_chat;
  update members set sent = sent + 1 where chat_id = p_chat and user_id = p_user;
  v_row := call_answer('started', p_answer, v_call);
  select read_to + sent - sent_at_read into v_row.base from members where chat_id = p_chat and user_id = p_user;
  select m.read_to + m.sent - m.sent_at_read into v_row.peer_base from chats c
    join members m on m.chat_id = c.id and m.user_id <> p_user where c.id = p_chat and c.kind = 'dialog';
  return v_row;
end $$;

/*
 * A chat has one open call. Who calls while there is one answers it: two that call one another at once are in one call. One that has
 * rung for long enough is over, and is closed first.
 */
create function start_call(p_chat bigint, p_user text, p_call text, p_call_type text, p_device bigint, p_connection text, p_ring_ms bigint,
  p_max_members integer) returns setof call_changed
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_answer chat_changed;
  v_call calls;
  v_members integer;
  v_row call_changed;
begin
  v_answer := begin_chat_change(p_chat, p_user);
  if v_answer.code is null and exists (select from chats where id = p_chat and kind = 'channel') then
    v_answer.code := 403;
    v_answer.field := 'chatId';
  end if;
  if v_answer.code is not null then
    return next call_answer(null, v_answer, null);
    return;
  end if;

  select * into v_call from calls where chat_id = p_chat and closed_change is null;
  if found and is_overdue(v_call, v_answer.at) then
    v_row := end_call(v_call, v_call.rings_until, v_answer);
    return next v_row;
    v_answer.change := v_row.change + 1;
    v_answer.after_another := false;
  elsif found and exists (select from call_participants
      where chat_id = p_chat and number = v_call.number and user_id = p_user and standing = 'accepted') then
    v_answer.code := 208;
    return next call_answer(null, v_answer, v_call);
    return;
  elsif found and is_full(v_call, p_user, p_max_members) then
    v_answer.code := 409;
    v_answer.field := 'chatId';
    return next call_answer(null, v_answer, null);
    return;
  elsif found then
    return next accept_call(v_call, p_user, p_device, p_connection, true, v_answer);
    return;
  end if;

  select members into v_members from heads where chat_id = p_chat;
  if v_members < 2 or v_members > p_max_members then
    v_answer.code := 409;
    v_answer.field := 'chatId';
    return next call_answer(null, v_answer, null);
    return;
  end if;
  return next ring(p_chat, p_user, p_call, p_call_type, p_device, p_connection, p_ring_ms, v_answer);
end $$;

/*
 * p_lost: a connection that is gone. What the same device has answered over it is answered the same once more: it may not have heard it.
 */
create function answer_call(p_chat bigint, p_user text, p_call text, p_accepts boolean, p_device bigint, p_connection text, p_lost text,
  p_max_members integer) returns setof call_changed
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_answer chat_changed;
  v_call calls;
  v_party call_participants;
  v_begun record;
  v_is_implicit boolean;
  v_is_repeated boolean;
begin
  select * into v_begun from begin_call_change(p_chat, p_call, p_user);
  v_answer := v_begun.o_answer;
  v_call := v_begun.o_call;
  v_party := v_begun.o_party;
  if v_answer.code is not null then
    return next call_answer(null, v_answer, null);
    return;
  end if;
  v_is_implicit := v_party.implicit and p_accepts and coalesce(v_party.device_id = p_device, true);
  v_is_repeated := v_party.answered_change is not null and v_party.standing = case when p_accepts then 'accepted' else 'declined' end
    and v_party.device_id = p_device and v_party.connection_id = p_lost;
  if (v_is_implicit or v_is_repeated) and (v_call.closed_change is null or not p_accepts) then
    update call_parties set implicit = false, device_id = p_device, connection_id = p_connection
      where chat_id = p_chat and number = v_call.number and user_id = p_user;
    v_answer.code := 208;
    return next call_answer(null, v_answer, v_call);
    return;
  end if;

  if v_party.user_id is null and (not p_accepts or v_call.closed_change is not null) then
    v_answer.code := 404;
  elsif v_party.standing <> 'called' or v_call.closed_change is not null or is_overdue(v_call, v_answer.at)
      or p_accepts and is_full(v_call, p_user, p_max_members) then
    v_answer.code := 409;
  end if;
  if v_answer.code is not null then
    v_answer.field := 'callId';
    return next call_answer(null, v_answer, v_call);
  elsif p_accepts then
    return next accept_call(v_call, p_user, p_device, p_connection, false, v_answer);
  else
    return next decline_call(v_call, p_user, p_device, p_connection, v_answer);
  end if;
end $$;

create function close_call(p_chat bigint, p_user text, p_call text) returns setof call_changed
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_answer chat_changed;
  v_call calls;
  v_begun record;
begin
  select * into v_begun from begin_call_change(p_chat, p_call, p_user);
  v_answer := v_begun.o_answer;
  v_call := v_begun.o_call;
  if v_answer.code is null and coalesce((v_begun.o_party).standing, '') <> 'accepted'
      and not exists (select from chats where id = p_chat and kind = 'dialog') then
    v_answer.code := 403;
    v_answer.field := 'callId';
  elsif v_answer.code is null and v_call.closed_change is not null then
    v_answer.code := 208;
  end if;
  if v_answer.code is not null then
    return next call_answer(null, v_answer, v_call);
    return;
  end if;
  return next end_call(v_call, case when is_overdue(v_call, v_answer.at) then v_call.rings_until else v_answer.at end, v_answer);
end $$;

/*
 * What nobody in the call asks for. 208 where it is not so (any more): others look after the same calls. p_why: 'unanswered', 'gone' (nobody
 * is known to have been there for p_gone_ms), or 'operator'.
 */
create function close_due_call(p_chat bigint, p_call text, p_why text, p_gone_ms bigint) returns setof call_changed
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_answer chat_changed;
  v_call calls;
begin
  v_answer := lock_chat(p_chat);
  -- A server that says that somebody is there locks nothing but this.
  select * into v_call from calls where id = p_call and chat_id = p_chat and closed_change is null for no key update;
  if not found or p_why = 'unanswered' and not is_overdue(v_call, v_answer.at)
      or p_why = 'gone' and v_call.alive_at > v_answer.at - p_gone_ms then
    v_answer.code := 208;
    return next call_answer(null, v_answer, v_call);
    return;
  end if;
  return next end_call(v_call, case p_why when 'gone' then v_call.alive_at when 'unanswered' then v_call.rings_until
    else v_answer.at end, v_answer);
end $$;

create function touch_calls(p_calls text[], p_now bigint) returns void
language plpgsql volatile ${LOOKUP_SETTINGS} as $$
declare
  v_now bigint := greatest(p_now, floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  with alive as (
    -- In one order, so that two servers can't wait for each other.
    select id from calls where id = any (p_calls) and closed_change is null and alive_at < v_now order by id for no key update)
  update calls c set alive_at = v_now from alive a where c.id = a.id;
end $$;
`;
