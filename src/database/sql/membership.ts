/**
 * Making chats and changing who is in them. Rare, so one at a time; like every change of a chat they lock its head first and take
 * its next change number. `chat_changed` answers what came of it: no change where everything was so already.
 */
export const MEMBERSHIP = `
create type chat_changed as (code smallint, field text, change bigint, newest bigint, at bigint, joined text[], left_users text[], after_another boolean);

/*
 * A dialog that has ended, for one of its users was erased, is open again: numbers go on, and what was before is shown to nobody. It
 * takes a change of which nobody is told: whoever hears of the next one misses it, and reads the log.
 */
create function reopen_dialog(p_chat bigint, p_users text[]) returns void
language plpgsql volatile as $$
declare
  v_head heads;
  v_now bigint;
begin
  select * into v_head from heads where chat_id = p_chat for no key update;
  if not exists (select from unnest(p_users) u where not exists (
      select from members where chat_id = p_chat and user_id = u and left_change is null)) then
    return;
  end if;
  v_now := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, v_head.newest_at);
  insert into members as m (chat_id, user_id, role, joined_change, joined_number, joined_at, dlvrd_to, read_to)
    select p_chat, u, 'member', v_head.newest_change + 1, v_head.newest_number, v_now, v_head.newest_number, v_head.newest_number
      from unnest(p_users) u group by u
    on conflict (chat_id, user_id) do update set left_change = null, joined_change = excluded.joined_change,
      joined_number = excluded.joined_number, joined_at = excluded.joined_at, dlvrd_to = excluded.dlvrd_to,
      read_to = excluded.read_to, sent_at_read = m.sent;
  -- No session's number: whichever changes the chat next learns that another one has.
  update heads set newest_change = v_head.newest_change + 1, writer = 0,
      members = (select count(*) from members where chat_id = p_chat and left_change is null)
    where chat_id = p_chat;
end $$;

-- p_a opens it. Null where it may not.
create function open_dialog(p_a text, p_b text, p_now bigint) returns bigint
language plpgsql volatile as $$
declare
  v_a text := least(p_a collate "C", p_b collate "C");
  v_b text := greatest(p_a collate "C", p_b collate "C");
  v_chat bigint;
begin
  if not may_act(p_a) then
    return null;
  end if;
  insert into users (id, created_at) select u, p_now from unnest(array[v_a, v_b]) u group by u order by u on conflict do nothing;
  insert into chats (kind, user_a, user_b, created_at)
    values (case when v_a = v_b then 'favorites' else 'dialog' end, v_a, v_b, p_now)
    on conflict do nothing returning id into v_chat;
  if v_chat is null then
    -- Made by a racing call: its rows are committed by now, for the insert above has waited for them.
    select id into v_chat from chats where user_a = v_a and user_b = v_b;
    perform reopen_dialog(v_chat, array[v_a, v_b]);
    return v_chat;
  end if;
  insert into heads (chat_id, members) values (v_chat, case when v_a = v_b then 1 else 2 end);
  insert into members (chat_id, user_id, role, joined_change, joined_number, joined_at, dlvrd_to, read_to)
    select v_chat, u, 'member', 0, 0, p_now, 0, 0 from unnest(array[v_a, v_b]) u group by u;
  return v_chat;
end $$;

-- Nothing where the creator may not.
create function create_group(
  p_public_id text, p_creator text, p_name text, p_photo_url text, p_users text[], p_client_chat_id text, p_now bigint
) returns table (o_chat bigint, o_public_id text, o_created boolean)
language plpgsql volatile as $$
begin
  if not may_act(p_creator) then
    return;
  end if;
  insert into chats (kind, public_id, name, photo_url, created_by, client_chat_id, created_at)
    values ('group', p_public_id, p_name, p_photo_url, p_creator, p_client_chat_id, p_now)
    on conflict do nothing returning id into o_chat;
  o_created := o_chat is not null;
  o_public_id := p_public_id;
  if not o_created then
    select id, public_id into o_chat, o_public_id from chats where created_by = p_creator and client_chat_id = p_client_chat_id;
    return next;
    return;
  end if;
  insert into users (id, created_at) select u, p_now from unnest(p_users) u group by u order by u on conflict do nothing;
  insert into members (chat_id, user_id, role, joined_change, joined_number, joined_at, dlvrd_to, read_to)
    select o_chat, u, case when u = p_creator then 'owner' else 'member' end, 1, 0, p_now, 0, 0
      from unnest(array_append(p_users, p_creator)) u group by u;
  insert into heads (chat_id, newest_change, info_change, members)
    select o_chat, 1, 1, count(*) from members where chat_id = o_chat;
  return next;
end $$;

create function role_in(p_chat bigint, p_user text) returns text
language sql stable
return (select role from members where chat_id = p_chat and user_id = p_user and left_change is null);

-- Locks the chat and begins an answer.
create function lock_chat(p_chat bigint) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
begin
  select null, null, newest_change, newest_number,
      greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, newest_at), '{}'::text[], '{}'::text[],
      writer <> this_writer()
    into v_answer from heads where chat_id = p_chat for no key update;
  return v_answer;
end $$;

-- The same; 404 where the user is not in it, and for an operator (null) where it was deleted. Nobody asks what an operator may.
create function begin_chat_change(p_chat bigint, p_user text) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
begin
  v_answer := lock_chat(p_chat);
  if p_user is not null and role_in(p_chat, p_user) is null
      or p_user is null and exists (select from chats where id = p_chat and deleted_change is not null) then
    v_answer.code := 404;
    v_answer.field := 'chatId';
  end if;
  return v_answer;
end $$;

create function end_chat_change(p_chat bigint, inout v_answer chat_changed)
language plpgsql volatile as $$
begin
  v_answer.code := 200;
  v_answer.change := v_answer.change + 1;
  update heads set newest_change = v_answer.change, info_change = v_answer.change, writer = this_writer(),
      members = members + cardinality(v_answer.joined) - cardinality(v_answer.left_users)
    where chat_id = p_chat;
end $$;

create function update_group(p_chat bigint, p_user text, p_name text, p_photo_url text, p_admins text[]) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
  v_role text;
  v_described integer;
  v_roles integer := 0;
begin
  v_answer := begin_chat_change(p_chat, p_user);
  if v_answer.code is not null then
    return v_answer;
  end if;
  v_role := role_in(p_chat, p_user);
  if v_role = 'member' or (p_admins is not null and v_role <> 'owner') then
    v_answer.code := 403;
    return v_answer;
  end if;
  if exists (select from unnest(p_admins) a where not exists
      (select from members where chat_id = p_chat and user_id = a and left_change is null)) then
    v_answer.code := 404;
    v_answer.field := 'admins';
    return v_answer;
  end if;
  update chats set name = coalesce(p_name, name), photo_url = coalesce(p_photo_url, photo_url)
    where id = p_chat and (p_name is distinct from name and p_name is not null
      or p_photo_url is distinct from photo_url and p_photo_url is not null);
  get diagnostics v_described = row_count;
  if p_admins is not null then
    update members set role = case when user_id = any (p_admins) then 'admin' else 'member' end
      where chat_id = p_chat and left_change is null and role <> 'owner'
        and role <> case when user_id = any (p_admins) then 'admin' else 'member' end;
    get diagnostics v_roles = row_count;
  end if;
  if v_described + v_roles = 0 then
    v_answer.code := 208;
    return v_answer;
  end if;
  return end_chat_change(p_chat, v_answer);
end $$;

create function let_in(p_chat bigint, p_users text[], p_max_members integer, inout v_answer chat_changed)
language plpgsql volatile as $$
begin
  select coalesce(array_agg(distinct u), '{}') into v_answer.joined from unnest(p_users) u
    where not exists (select from members where chat_id = p_chat and user_id = u and left_change is null);
  if cardinality(v_answer.joined) = 0 then
    v_answer.code := 208;
    return;
  end if;
  if cardinality(v_answer.joined) + (select members from heads where chat_id = p_chat) > p_max_members then
    v_answer.code := 409;
    v_answer.field := 'participants';
    return;
  end if;
  insert into users (id, created_at) select u, v_answer.at from unnest(v_answer.joined) u order by u on conflict do nothing;
  insert into members as m (chat_id, user_id, role, joined_change, joined_number, joined_at, dlvrd_to, read_to)
    select p_chat, u, 'member', v_answer.change + 1, v_answer.newest, v_answer.at, v_answer.newest, v_answer.newest
      from unnest(v_answer.joined) u
    on conflict (chat_id, user_id) do update set role = 'member', left_change = null, joined_change = excluded.joined_change,
      joined_number = excluded.joined_number, joined_at = excluded.joined_at, dlvrd_to = excluded.dlvrd_to,
      read_to = excluded.read_to, sent_at_read = m.sent;
  v_answer := end_chat_change(p_chat, v_answer);
end $$;

create function let_out(p_chat bigint, p_users text[], inout v_answer chat_changed)
language plpgsql volatile as $$
declare
  v_owner_left boolean;
begin
  with gone as (
    update members set left_change = v_answer.change + 1, role = 'member'
      where chat_id = p_chat and user_id = any (p_users) and left_change is null returning user_id)
    select coalesce(array_agg(user_id), '{}') into v_answer.left_users from gone;
  if cardinality(v_answer.left_users) = 0 then
    v_answer.code := 208;
    return;
  end if;
  select not exists (select from members where chat_id = p_chat and role = 'owner' and left_change is null)
      and exists (select from chats where id = p_chat and kind = 'group') into v_owner_left;
  if v_owner_left then
    -- The longest-standing admin takes over, else the longest-standing member.
    update members set role = 'owner' where chat_id = p_chat and user_id = (
      select user_id from members where chat_id = p_chat and left_change is null
        order by (role = 'admin') desc, joined_change, user_id limit 1);
  end if;
  v_answer := end_chat_change(p_chat, v_answer);
end $$;

create function add_members(p_chat bigint, p_user text, p_users text[], p_max_members integer) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
begin
  v_answer := begin_chat_change(p_chat, p_user);
  if v_answer.code is not null then
    return v_answer;
  end if;
  if role_in(p_chat, p_user) = 'member' then
    v_answer.code := 403;
    return v_answer;
  end if;
  return let_in(p_chat, p_users, p_max_members, v_answer);
end $$;

create function remove_members(p_chat bigint, p_user text, p_users text[]) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
  v_role text;
begin
  v_answer := begin_chat_change(p_chat, p_user);
  if v_answer.code is not null then
    return v_answer;
  end if;
  v_role := role_in(p_chat, p_user);
  -- Everybody may take himself out; admins take out members, the owner everybody.
  if exists (select from members where chat_id = p_chat and user_id = any (p_users) and left_change is null and user_id <> p_user
      and (v_role = 'member' or v_role = 'admin' and role <> 'member')) then
    v_answer.code := 403;
    return v_answer;
  end if;
  return let_out(p_chat, p_users, v_answer);
end $$;

create function join_channel(p_chat bigint, p_user text, p_max_members integer) returns chat_changed
language plpgsql volatile as $$
declare
  v_answer chat_changed;
begin
  v_answer := lock_chat(p_chat);
  if not may_act(p_user) or not exists (select from chats where id = p_chat and kind = 'channel' and deleted_change is null) then
    v_answer.code := 404;
    v_answer.field := 'chatId';
    return v_answer;
  end if;
  return let_in(p_chat, array[p_user], p_max_members, v_answer);
end $$;
`;
