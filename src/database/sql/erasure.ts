import { ERASED_USER } from '../../domain/ids.js';
import { PLANNER_SETTINGS } from './settings.js';

const ERASED = `'${ERASED_USER}'`;

/**
 * Erasing users. It is done in steps, each a transaction of its own that can be repeated: whoever died in the middle begins again. From
 * the first step to the last `users.is_erasing` keeps all tokens of the user out; the steps in between do nothing without it, so that of
 * two who erase at once the slower does nothing to the user who comes after.
 *
 * What others have shared stays and reads as the work of the user `erased`, who is nobody. Steps in chats take the chats' next changes
 * like all others do, and leave no session's number in the head: whichever changes the chat next learns that another one has.
 */
export const ERASURE = `
create table erased_users (
  user_id text primary key,
  number bigint not null,
  token_version integer not null,
  erased_at bigint not null,
  refused_at bigint not null
);
create index erased_users_refused on erased_users (refused_at);
comment on table erased_users is 'tombstones: older tokens of these users are refused for ever';
comment on column erased_users.number is 'of a later user with the same id too: numbers are kept in mind, and never mean another one';
comment on column erased_users.refused_at is 'when that was last said, ms since the epoch by the clock of the database';
comment on column erased_users.erased_at is 's since the epoch: of tokens that were not made here those issued up to then are refused';

insert into users (id, number, created_at) overriding system value
  values (${ERASED}, 0, floor(extract(epoch from clock_timestamp()) * 1000));

create function continue_erased_user() returns trigger
language plpgsql as $$
declare
  v_erased erased_users;
begin
  select * into v_erased from erased_users where user_id = new.id;
  if found then
    new.number := v_erased.number;
    new.token_version := v_erased.token_version;
    new.tokens_revoked_at := v_erased.erased_at;
  end if;
  return new;
end $$;
create trigger users_continue_erased before insert on users for each row execute function continue_erased_user();

/*
 * Whether the user may begin something: not while it is being erased, nor afterwards until it has come again, for what it had under way
 * brings nothing back. Where it may, its erasing begins when this transaction has ended.
 */
create function may_act(p_user text) returns boolean
language plpgsql volatile as $$
declare
  v_user users;
begin
  select * into v_user from users where id = p_user for key share;
  return not coalesce(v_user.is_erasing, false)
    and (coalesce(v_user.seen, false) or not exists (select from erased_users where user_id = p_user));
end $$;

-- The first step. Whether there is somebody to erase, or was; and what tokens that are made later say.
create function begin_erasing(p_user text, p_now_s bigint)
returns table (o_is_known boolean, o_is_there boolean, o_version integer, o_erased_at bigint)
language plpgsql volatile as $$
declare
  v_erased erased_users;
begin
  -- Waits for what the user has begun.
  perform from users where id = p_user for update;
  -- Begun before: the version has been raised.
  update users set is_erasing = true, name = null, password_hash = null,
      token_version = token_version + case when is_erasing then 0 else 1 end, tokens_revoked_at = greatest(tokens_revoked_at, p_now_s)
    where id = p_user and id <> ${ERASED};
  o_is_there := found;
  if o_is_there then
    insert into erased_users as e (user_id, number, token_version, erased_at)
      select id, number, token_version, tokens_revoked_at from users where id = p_user
      on conflict (user_id) do update set token_version = excluded.token_version, erased_at = excluded.erased_at;
  end if;
  select * into v_erased from erased_users where user_id = p_user;
  o_is_known := found;
  o_version := v_erased.token_version;
  o_erased_at := v_erased.erased_at;
  return next;
end $$;

-- Holds the last step back until this transaction ends.
create function is_being_erased(p_user text) returns boolean
language plpgsql volatile as $$
begin
  perform from users where id = p_user and is_erasing for key share;
  return found;
end $$;

-- A dialog, or favorites: all are out of it. False where they were.
create function end_dialog(p_chat bigint, p_user text) returns boolean
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_change bigint;
begin
  if not is_being_erased(p_user) then
    return false;
  end if;
  select newest_change + 1 into v_change from heads where chat_id = p_chat for no key update;
  update members set left_change = v_change where chat_id = p_chat and left_change is null;
  if not found then
    return false;
  end if;
  update heads set newest_change = v_change, members = 0, writer = 0 where chat_id = p_chat;
  return true;
end $$;

/*
 * Takes the user's reactions to these messages away; of each that counted others are told so, by its name where that is a mere emoji (of
 * one or two characters): words may be the user's own.
 */
create function erase_reactions(p_chat bigint, p_user text, p_numbers bigint[], p_change bigint, p_now bigint) returns bigint
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_taken bigint[];
  v_count bigint;
begin
  with gone as (
    delete from reactions where chat_id = p_chat and number = any (p_numbers) and user_id = p_user returning number, reaction, adding
  ), taken as (
    select number, reaction, p_change + row_number() over (order by number, reaction) as change from (
      select distinct number, case when char_length(reaction) <= 2 then reaction else ${ERASED} end as reaction from gone where adding) g
  ), told as (
    insert into reactions (chat_id, number, user_id, reaction, adding, change, at)
      select p_chat, number, ${ERASED}, reaction, false, change, p_now from taken
      on conflict (chat_id, number, user_id, reaction) do update set adding = false, change = excluded.change, at = excluded.at
  )
  select count(*), coalesce(array_agg(distinct number), '{}') into v_count, v_taken from taken;
  update messages m set reactions = n.reactions, reacted_change = n.change, change = greatest(m.change, n.change)
    from (
      select t.number,
          (select max(change) from reactions where chat_id = p_chat and number = t.number and user_id = ${ERASED}) as change,
          (select '{' || string_agg(to_json(r.reaction)::text || ':' || r.users, ',' order by r.since) || '}' from (
            select reaction, count(*) as users, min(change) as since from reactions
              where chat_id = p_chat and number = t.number and adding group by reaction) r) as reactions
        from unnest(v_taken) t (number)) n
    where m.chat_id = p_chat and m.number = n.number and m.deleted_change is null;
  return v_count;
end $$;

/*
 * Of the next p_span messages of a chat at most p_limit that are the user's, or that it reacted to. The chat is locked only where there
 * are any. o_next: where to go on; null at the end.
 */
create function erase_messages(p_chat bigint, p_user text, p_after bigint, p_span integer, p_limit integer)
returns table (o_next bigint, o_changed boolean)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_newest bigint;
  v_until bigint;
  v_own bigint[];
  v_reacted bigint[];
  v_ids bigint[];
  v_change bigint;
  v_now bigint;
  v_count bigint;
begin
  o_changed := false;
  if not is_being_erased(p_user) then
    return next;
    return;
  end if;
  select newest_number into v_newest from heads where chat_id = p_chat;
  v_until := least(p_after + p_span, v_newest);
  v_own := array(select number from messages
    where chat_id = p_chat and number > p_after and number <= v_until and sender = p_user order by number limit p_limit);
  v_reacted := array(select distinct number from reactions
    where chat_id = p_chat and number > p_after and number <= v_until and user_id = p_user order by number limit p_limit);
  if cardinality(v_own) = p_limit then
    v_until := v_own[p_limit];
  end if;
  if cardinality(v_reacted) = p_limit then
    v_until := least(v_until, v_reacted[p_limit]);
  end if;
  v_own := array(select n from unnest(v_own) n where n <= v_until);
  v_reacted := array(select n from unnest(v_reacted) n where n <= v_until);
  if v_until < v_newest then
    o_next := v_until;
  end if;
  if cardinality(v_own) + cardinality(v_reacted) = 0 then
    return next;
    return;
  end if;

  select newest_change, greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, newest_at) into v_change, v_now
    from heads where chat_id = p_chat for no key update;
  with placed as (
    select number, deleted_change, count(*) filter (where deleted_change is null) over (order by number) as place
      from messages where chat_id = p_chat and number = any (v_own)
  ), erased as (
    -- What was deleted before stays so: of that nothing has to be told.
    update messages m set sender = ${ERASED}, client_message_id = null, text = null, payload = null, metadata = null, urgent = null,
        attachments = null, forwarded = null, reply_to = null, reactions = null, deleted_at = coalesce(m.deleted_at, v_now),
        deleted_change = coalesce(m.deleted_change, v_change + p.place),
        change = case when p.deleted_change is null then v_change + p.place else m.change end
      from placed p where m.chat_id = p_chat and m.number = p.number
      returning m.id, p.deleted_change
  )
  select array_agg(id), count(*) filter (where deleted_change is null) into v_ids, v_count from erased;
  delete from reactions where chat_id = p_chat and number = any (v_own);
  delete from shown_messages where chat_id = p_chat and id = any (v_ids);
  v_count := v_count + erase_reactions(p_chat, p_user, v_reacted, v_change + v_count, v_now);
  update heads set newest_change = v_change + v_count, writer = 0 where chat_id = p_chat and v_count > 0;
  o_changed := v_count > 0;
  return next;
end $$;

-- A channel that the user has made is nobody's: that is news to who follows it.
create function disown_channel(p_chat bigint, p_user text, out o_changed chat_changed, out o_channel channels)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
begin
  o_changed.code := 208;
  if not is_being_erased(p_user) or not exists (
      select from chats where id = p_chat and created_by = p_user and kind = 'channel' and deleted_change is null) then
    return;
  end if;
  perform lock_channels();
  o_changed := lock_chat(p_chat);
  update chats set created_by = ${ERASED}, described_change = o_changed.change + 1 where id = p_chat;
  o_changed := end_channel_change(p_chat, o_changed);
  select * into o_channel from channels where id = p_chat;
end $$;

-- What else a chat has of a user who is out of it by now. Answers whether there is more.
create function forget_member(p_chat bigint, p_user text, p_limit integer) returns boolean
language plpgsql volatile ${PLANNER_SETTINGS} as $$
begin
  if not is_being_erased(p_user) then
    return false;
  end if;
  delete from marks where chat_id = p_chat and user_id = p_user and (kind, up_to) in (
    select kind, up_to from marks where chat_id = p_chat and user_id = p_user limit p_limit);
  if exists (select from marks where chat_id = p_chat and user_id = p_user) then
    return true;
  end if;
  update chats set created_by = ${ERASED}, client_chat_id = null where id = p_chat and created_by = p_user;
  update threads set creator = ${ERASED}, name = ${ERASED} where chat_id = p_chat and creator = p_user;
  update calls set caller = ${ERASED} where chat_id = p_chat and caller = p_user;
  delete from call_parties p where p.chat_id = p_chat and p.user_id = p_user
    and exists (select from call_parties where chat_id = p_chat and number = p.number and user_id = ${ERASED});
  update call_parties set user_id = ${ERASED}, device_id = null, connection_id = null where chat_id = p_chat and user_id = p_user;
  delete from members where chat_id = p_chat and user_id = p_user and left_change is not null;
  return false;
end $$;

-- Topic messages among the next p_span. o_next: where to go on; null at the end.
create function erase_topic_messages(p_user text, p_after bigint, p_span integer) returns bigint
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_until bigint;
begin
  if not is_being_erased(p_user) then
    return null;
  end if;
  if p_after = 0 then
    -- Waits for what is just being appended: all that follows knows of the erasing.
    perform from topic_clock for share;
  end if;
  select max(number) into v_until from (select number from topic_messages where number > p_after order by number limit p_span) n;
  delete from topic_messages where number > p_after and number <= v_until and sender = p_user;
  return v_until;
end $$;

-- What belongs to the user alone, and what it said wherever that is kept besides. What operators did to it stays, but for what it is called.
create function erase_belongings(p_user text) returns void
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_named text := to_json(p_user)::text;
begin
  if not is_being_erased(p_user) then
    return;
  end if;
  delete from cursors where device_id in (select id from devices where user_id = p_user);
  delete from devices where user_id = p_user;
  delete from sessions where user_id = p_user;
  delete from topic_keys where sender = p_user;
  delete from file_readers where user_id = p_user;
  update audit set answer = null, idempotency_key = null, details = (details::jsonb - '{name,device}'::text[])::text
    where subject = p_user and (action = 'token.issue' or answer is not null);
  -- What waits to be told to other services: that it joined, what it sent, how it reacted, and dead letters that name it.
  delete from outbox where user_id = p_user;
  delete from outgoing_events where subject = 'user.' || (select number from users where id = p_user)
    or position(v_named in data) > 0 and (dead_at is not null or position('"sender":' || v_named in data) > 0
      or position('"userId":' || v_named || ',"reaction":' in data) > 0);
end $$;

/*
 * The last step: the user is gone. Where somebody has written to it meanwhile, or taken it into a group, that is a new user. Answers
 * whether it was this call that did it.
 */
create function finish_erasing(p_user text, p_now bigint) returns boolean
language plpgsql volatile as $$
begin
  delete from users where id = p_user and is_erasing;
  if not found then
    return false;
  end if;
  if exists (select from members where user_id = p_user and left_change is null) then
    insert into users (id, created_at) values (p_user, p_now);
  end if;
  return true;
end $$;
`;
