import { PLANNER_SETTINGS } from './settings.js';

/**
 * The only way into messages, marks and reactions: a batch of commands, in one transaction, in one round trip.
 *
 * The first statement locks the chats in the order of their ids, so that two batches can't wait for each other; being a volatile
 * function, each later statement sees all that was committed before the lock was had. (One single statement would not: its
 * snapshot is older than the lock it waits for, and a racing retry would then be stored twice.)
 *
 * Commands come sorted by chat, in the order of their arrival within one. Each is answered with its own code, and one that fails
 * takes neither a change number nor a message number: 200 changed the chat, 208 was done before (answered as the first time),
 * 204 had nothing to do, 4xx with the payload's field at fault.
 *
 * In channels it also says who the actor is among all users, and what a reader of texts has seen of the message. There `standing` says
 * as what somebody acts: 'member', 'visitor', 'moderator' or 'visiting moderator'; in other chats it is null. Who visits needs no
 * member's row (one that is there is used, so that own messages count) and may touch all messages since the beginning; a moderator
 * deletes what others wrote.
 *
 * An operator's deletion is of type 'remove': of anybody's message, in any chat, without being in it. A call is edited by nobody, and
 * deleted or reacted to when it is over: before that nobody is told of it as a message, and so of its reactions.
 *
 * All answers in a chat say whether another session has changed it since this one did: that one may be gone without having told
 * anybody, for a transaction outlives a server that is killed.
 */
export const APPEND = `
create type log_answer as (
  ord integer,
  code smallint,
  field text,
  id bigint,
  number bigint,
  client_message_id text,
  change bigint,
  at bigint,
  newest bigint,
  base bigint,
  peer_base bigint,
  created_at bigint,
  text text,
  payload text,
  metadata text,
  attachments text,
  detail text,
  after_another boolean,
  user_number bigint,
  thread_id bigint,
  is_textless boolean
);

-- Servers' sessions give themselves a number, so that each can see whether another one has changed a chat since it did itself.
create function this_writer() returns bigint
language sql stable
return nullif(current_setting('parlance.writer', true), '')::bigint;

create function first_marked_at(p_chat bigint, p_user text, p_kind text, p_number bigint) returns bigint
language sql stable
return (select at from marks where chat_id = p_chat and user_id = p_user and kind = p_kind and up_to >= p_number order by up_to limit 1);

create function message_number(p_chat bigint, p_user text, p_client_message_id text) returns bigint
language plpgsql stable as $$
declare
  v_number bigint;
begin
  select number into v_number from messages
    where chat_id = p_chat and sender = p_user and client_message_id = p_client_message_id;
  if found then
    return v_number;
  end if;
  -- Somebody else's: asked for so seldom that a probe per author will do.
  with recursive authors as (
    select min(sender) as sender from messages where chat_id = p_chat and client_message_id is not null
    union all
    select (select min(sender) from messages where chat_id = p_chat and client_message_id is not null and sender > a.sender)
      from authors a where a.sender is not null)
  select m.number into v_number from authors a
    join messages m on m.chat_id = p_chat and m.sender = a.sender and m.client_message_id = p_client_message_id limit 1;
  return v_number;
end $$;

-- What of a text is searched.
create function searched_text(p_text text) returns tsvector
language sql immutable
return to_tsvector('simple', left(p_text, 65536));

-- Of who does something. Null where it may not any more, for it is being erased, or was and has not come again.
create function user_number(p_user text, p_now bigint) returns bigint
language plpgsql volatile as $$
declare
  v_number bigint;
  v_is_erasing boolean;
  v_is_seen boolean;
begin
  select number, is_erasing, seen into v_number, v_is_erasing, v_is_seen from users where id = p_user;
  if v_is_seen and not v_is_erasing then
    return v_number;
  end if;
  if v_is_erasing or exists (select from erased_users where user_id = p_user) then
    return null;
  end if;
  if v_number is null then
    -- Its first connection is being noted this very moment, perhaps.
    insert into users (id, created_at) values (p_user, p_now) on conflict do nothing;
    select number into v_number from users where id = p_user;
  end if;
  return v_number;
end $$;

create function append(
  p_chat bigint[], p_type text[], p_user text[], p_peer text[], p_number bigint[], p_client_message_id text[], p_kind text[],
  p_text text[], p_payload text[], p_metadata text[], p_urgent boolean[], p_attachments text[], p_forwarded text[], p_standing text[],
  p_thread bigint[], p_receipt_members integer
) returns setof log_answer
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  c record;
  v_chat bigint;
  v_user text;
  v_head heads;
  v_member members;
  v_peer members;
  v_users text[];
  v_members members[];
  v_place integer;
  v_is_open boolean;
  v_visits boolean;
  v_joined_number bigint;
  v_message messages;
  v_now bigint;
  v_moved boolean := false;
  v_writer bigint := this_writer();
  v_after_another boolean;
  v_number bigint;
  v_prev bigint;
  v_answer log_answer;
  v_nothing log_answer;
begin
  perform 1 from heads where chat_id = any (p_chat) order by chat_id for no key update;

  -- Not by subscripts: finding the i-th text of an array takes i steps. The empty row at the end closes the last chat.
  for c in
    select * from unnest(p_chat, p_type, p_user, p_peer, p_number, p_client_message_id, p_kind, p_text, p_payload, p_metadata,
        p_urgent, p_attachments, p_forwarded, p_standing, p_thread) with ordinality
      as t (chat, type, actor, peer, number, client_message_id, kind, text, payload, metadata, urgent, attachments, forwarded,
        standing, thread, ord)
    union all select null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
  loop
    if v_chat is distinct from c.chat then
      if v_moved then
        update heads set newest_change = v_head.newest_change, newest_number = v_head.newest_number, newest_at = v_head.newest_at,
            writer = v_writer
          where chat_id = v_chat;
        update members m set sent = d.sent, sent_at_read = d.sent_at_read, dlvrd_to = d.dlvrd_to, read_to = d.read_to
          from unnest(v_members) d
          where m.chat_id = v_chat and m.user_id = d.user_id
            and (m.sent, m.sent_at_read, m.dlvrd_to, m.read_to) <> (d.sent, d.sent_at_read, d.dlvrd_to, d.read_to);
      end if;
      exit when c.chat is null;
      v_users := '{}';
      v_members := '{}';
      v_chat := c.chat;
      select * into v_head from heads where chat_id = v_chat;
      v_after_another := v_head.writer <> v_writer;
      v_moved := coalesce(v_after_another, false);
      -- Never back within a chat, whatever the clock does.
      v_now := greatest(floor(extract(epoch from clock_timestamp()) * 1000)::bigint, v_head.newest_at);
      v_is_open := false;
      v_visits := false;
      if c.standing is not null then
        v_is_open := exists (select from chats where id = v_chat and kind = 'channel' and deleted_change is null);
      end if;
    end if;

    v_user := c.actor;
    v_answer := v_nothing;
    v_answer.ord := c.ord;
    v_answer.at := v_now;
    v_answer.after_another := v_after_another;

    if c.standing is not null then
      v_visits := v_is_open and c.standing in ('visitor', 'visiting moderator');
    end if;

    -- A member's row is read and written once per batch: each version made here would lengthen the walk to the next.
    v_place := array_position(v_users, v_user);
    if v_place is not null then
      v_member := v_members[v_place];
    else
      select * into v_member from members where chat_id = v_chat and user_id = v_user and left_change is null;
      if found then
        v_users := array_append(v_users, v_user);
        v_members := array_append(v_members, v_member);
        v_place := cardinality(v_users);
      elsif not v_visits and c.type <> 'remove' then
        v_answer.code := 404;
        v_answer.field := 'chatId';
        return next v_answer;
        continue;
      end if;
    end if;
    v_joined_number := v_member.joined_number;
    if c.standing is not null then
      if v_visits then
        v_joined_number := 0;
      end if;
      if c.type <> 'mark' then
        v_answer.user_number := user_number(v_user, v_now);
        if v_answer.user_number is null and c.type <> 'remove' then
          v_answer.code := 404;
          v_answer.field := 'chatId';
          return next v_answer;
          continue;
        end if;
      end if;
    end if;

    case c.type

    when 'send' then
      if c.client_message_id is not null then
        select id, number, created_at, thread_id into v_answer.id, v_answer.number, v_answer.at, v_answer.thread_id from messages
          where chat_id = v_chat and sender = v_user and client_message_id = c.client_message_id;
        if found then
          v_answer.code := 208;
          return next v_answer;
          continue;
        end if;
        v_answer.at := v_now;
      end if;
      -- Apart from the query, for what holds one costs a query's time also where its first half is false.
      if c.thread is not null then
        if not exists (select from threads where id = c.thread and chat_id = v_chat) then
          v_answer.code := 404;
          v_answer.field := 'threadId';
          return next v_answer;
          continue;
        end if;
      end if;
      if c.number is not null then
        select * into v_message from messages
          where chat_id = v_chat and number = c.number and number > v_joined_number;
        if not found then
          v_answer.code := 404;
          v_answer.field := 'replyTo';
          return next v_answer;
          continue;
        end if;
        v_answer.detail := json_build_object('number', v_message.number, 'clientMessageId', v_message.client_message_id,
          'sender', v_message.sender, 'text', v_message.text, 'createdAt', v_message.created_at);
      end if;
      v_head.newest_change := v_head.newest_change + 1;
      v_head.newest_number := v_head.newest_number + 1;
      v_head.newest_at := v_now;
      insert into messages (chat_id, number, sender, client_message_id, kind, text, payload, metadata, urgent, attachments, forwarded,
          reply_to, thread_id, created_change, change, created_at)
        values (v_chat, v_head.newest_number, v_user, c.client_message_id, c.kind, c.text, c.payload, c.metadata, c.urgent,
          c.attachments, c.forwarded, c.number, c.thread, v_head.newest_change, v_head.newest_change, v_now)
        returning id into v_answer.id;
      if c.standing is not null then
        v_answer.thread_id := c.thread;
        if c.text <> '' then
          insert into shown_messages (chat_id, id, sender, thread_id, created_at, search)
            values (v_chat, v_answer.id, v_user, c.thread, v_now, searched_text(c.text));
        end if;
      end if;
      v_member.sent := v_member.sent + 1;
      if c.peer = v_user then
        -- Favorites: what one tells oneself is read at once.
        v_member.sent_at_read := v_member.sent;
        v_member.dlvrd_to := v_head.newest_number;
        v_member.read_to := v_head.newest_number;
      elsif c.peer is not null then
        v_peer := v_members[array_position(v_users, c.peer)];
        if v_peer is null then
          select * into v_peer from members where chat_id = v_chat and user_id = c.peer;
          v_users := array_append(v_users, c.peer);
          v_members := array_append(v_members, v_peer);
        end if;
        v_answer.peer_base := v_peer.read_to + v_peer.sent - v_peer.sent_at_read;
      end if;
      if v_place is not null then
        v_members[v_place] := v_member;
      end if;
      v_answer.base := v_member.read_to + v_member.sent - v_member.sent_at_read;
      v_answer.number := v_head.newest_number;

    when 'mark' then
      if v_head.newest_number = 0 and c.number is null then
        v_answer.code := 204;
        return next v_answer;
        continue;
      end if;
      v_number := coalesce(c.number, v_head.newest_number);
      if v_number > v_head.newest_number then
        v_answer.code := 404;
        v_answer.field := 'messageId';
        return next v_answer;
        continue;
      end if;
      -- A mark may stand at a message from before the joining, which the member does not see.
      select * into v_message from messages
        where chat_id = v_chat and number = v_number and number > v_joined_number;
      v_answer.number := v_number;
      v_answer.client_message_id := v_message.client_message_id;
      v_prev := case c.kind when 'read' then v_member.read_to else v_member.dlvrd_to end;
      if v_number <= v_prev then
        v_answer.code := 208;
        v_answer.base := v_member.read_to + v_member.sent - v_member.sent_at_read;
        v_answer.newest := v_head.newest_number;
        v_answer.at := first_marked_at(v_chat, v_user, 'read', v_number);
        if c.kind = 'dlvrd' then
          v_answer.at := least(v_answer.at, first_marked_at(v_chat, v_user, 'dlvrd', v_number));
        end if;
        -- No row covers what was there before the joining, nor what one wrote to oneself.
        v_answer.at := coalesce(v_answer.at, greatest(v_member.joined_at, v_message.created_at));
        return next v_answer;
        continue;
      end if;
      v_head.newest_change := v_head.newest_change + 1;
      insert into marks (chat_id, user_id, kind, up_to, prev, at, change)
        values (v_chat, v_user, c.kind, v_number, v_prev, v_now, v_head.newest_change);
      v_member.dlvrd_to := greatest(v_member.dlvrd_to, v_number);
      if c.kind = 'read' then
        v_member.read_to := v_number;
        v_member.sent_at_read := v_member.sent;
        if v_number < v_head.newest_number then
          v_member.sent_at_read := v_member.sent -
            (select count(*) from messages where chat_id = v_chat and number > v_number and sender = v_user);
        end if;
      end if;
      v_members[v_place] := v_member;
      v_answer.base := v_member.read_to + v_member.sent - v_member.sent_at_read;
      -- Marks in channels are nobody's business.
      if v_head.members <= p_receipt_members and c.standing is null then
        if c.peer is not null then
          select json_build_array(json_build_object('userId', sender, 'number', number, 'clientMessageId', client_message_id))
            into v_answer.detail from messages
            where chat_id = v_chat and number > v_prev and number <= v_number and sender <> v_user
            order by number desc limit 1;
        else
          select json_agg(json_build_object('userId', a.sender, 'number', a.number, 'clientMessageId', a.client_message_id))
            into v_answer.detail from (
              select distinct on (sender) sender, number, client_message_id from messages
                where chat_id = v_chat and number > v_prev and number <= v_number and sender <> v_user
                order by sender, number desc) a;
        end if;
      end if;

    when 'edit', 'delete', 'remove', 'react' then
      if c.type = 'remove' then
        v_joined_number := 0;
      end if;
      v_number := coalesce(c.number, message_number(v_chat, v_user, c.client_message_id));
      select * into v_message from messages where chat_id = v_chat and number = v_number and number > v_joined_number;
      if not found then
        v_answer.code := 404;
        v_answer.field := case when c.number is null then 'clientMessageId' else 'messageId' end;
        return next v_answer;
        continue;
      end if;
      if c.number is not null and c.type <> 'react' and c.client_message_id is distinct from v_message.client_message_id
         and c.client_message_id is not null then
        v_answer.code := case when message_number(v_chat, v_user, c.client_message_id) is null then 404 else 400 end;
        v_answer.field := 'clientMessageId';
        return next v_answer;
        continue;
      end if;
      v_answer.id := v_message.id;
      v_answer.number := v_message.number;
      v_answer.client_message_id := v_message.client_message_id;
      v_answer.created_at := v_message.created_at;
      if c.standing is not null then
        v_answer.thread_id := v_message.thread_id;
        v_answer.is_textless := v_message.text is null or v_message.text = '';
      end if;

      case c.type

      when 'edit' then
        if v_message.sender <> v_user then
          v_answer.code := 403;
        elsif v_message.deleted_change is not null or v_message.kind = 'call' then
          v_answer.code := 409;
          v_answer.field := 'messageId';
        elsif v_message.text is not distinct from c.text
              and (c.attachments is null or nullif(c.attachments, '[]') is not distinct from v_message.attachments)
              and (c.payload is null or c.payload is not distinct from v_message.payload) then
          v_answer.code := 208;
          v_answer.at := coalesce(v_message.updated_at, v_message.created_at);
        end if;
        if v_answer.code is not null then
          return next v_answer;
          continue;
        end if;
        v_head.newest_change := v_head.newest_change + 1;
        update messages set text = c.text, payload = c.payload,
            -- What was said of the payload goes with it.
            metadata = case when c.payload is not null then metadata end,
            attachments = case when c.attachments is null then attachments else nullif(c.attachments, '[]') end,
            updated_at = v_now, edited_change = v_head.newest_change, change = v_head.newest_change
          where chat_id = v_chat and number = v_number
          returning messages.text, messages.payload, messages.metadata, messages.attachments
          into v_answer.text, v_answer.payload, v_answer.metadata, v_answer.attachments;
        if c.standing is not null then
          if c.text <> '' then
            if v_answer.is_textless then
              -- Readers of texts have not seen it: they are shown all of it.
              v_answer.detail := v_message.reactions;
            end if;
            insert into shown_messages (chat_id, id, sender, thread_id, created_at, search)
              values (v_chat, v_message.id, v_message.sender, v_message.thread_id, v_message.created_at, searched_text(c.text))
              on conflict (chat_id, id) do update set search = excluded.search;
          else
            delete from shown_messages where chat_id = v_chat and id = v_message.id;
          end if;
        end if;

      when 'delete', 'remove' then
        if c.type = 'delete' and v_message.sender <> v_user and coalesce(v_member.role, '') not in ('owner', 'admin')
            and coalesce(c.standing, '') not in ('moderator', 'visiting moderator') then
          v_answer.code := 403;
        elsif v_message.deleted_change is not null then
          v_answer.code := 208;
          v_answer.at := v_message.deleted_at;
        elsif v_message.kind = 'call' then
          if exists (select from calls where chat_id = v_chat and number = v_number and closed_change is null) then
            v_answer.code := 409;
            v_answer.field := 'messageId';
          end if;
        end if;
        if v_answer.code is not null then
          return next v_answer;
          continue;
        end if;
        v_head.newest_change := v_head.newest_change + 1;
        update messages set text = null, payload = null, metadata = null, urgent = null, attachments = null, forwarded = null,
            reply_to = null, reactions = null, deleted_at = v_now, deleted_change = v_head.newest_change, change = v_head.newest_change
          where chat_id = v_chat and number = v_number;
        delete from reactions where chat_id = v_chat and number = v_number;
        if c.standing is not null then
          delete from shown_messages where chat_id = v_chat and id = v_message.id;
        end if;

      when 'react' then
        if v_message.kind = 'call' then
          if exists (select from calls where chat_id = v_chat and number = v_number and closed_change is null) then
            v_answer.code := 409;
            v_answer.field := 'messageId';
            return next v_answer;
            continue;
          end if;
        end if;
        if v_message.deleted_change is not null then
          v_answer.code := 409;
          v_answer.field := 'messageId';
        elsif (c.kind = 'add') =
              exists (select from reactions where chat_id = v_chat and number = v_number and user_id = v_user and reaction = c.text and adding) then
          v_answer.code := 208;
          v_answer.detail := coalesce(v_message.reactions, '{}');
        elsif c.kind = 'add' and not exists (select from reactions where chat_id = v_chat and number = v_number and reaction = c.text and adding)
              and (select count(distinct reaction) from reactions where chat_id = v_chat and number = v_number and adding) >= 50 then
          v_answer.code := 409;
          v_answer.field := 'reaction';
        end if;
        if v_answer.code is not null then
          return next v_answer;
          continue;
        end if;
        v_head.newest_change := v_head.newest_change + 1;
        insert into reactions (chat_id, number, user_id, reaction, adding, change, at)
          values (v_chat, v_number, v_user, c.text, c.kind = 'add', v_head.newest_change, v_now)
          on conflict (chat_id, number, user_id, reaction)
          do update set adding = excluded.adding, change = excluded.change, at = excluded.at;
        select '{' || coalesce(string_agg(to_json(r.reaction)::text || ':' || r.users, ',' order by r.since), '') || '}'
          into v_answer.detail from (
            select reaction, count(*) as users, min(change) as since from reactions
              where chat_id = v_chat and number = v_number and adding group by reaction) r;
        update messages set reactions = nullif(v_answer.detail, '{}'),
            reacted_change = v_head.newest_change, change = v_head.newest_change
          where chat_id = v_chat and number = v_number;
      end case;
    end case;

    v_moved := true;
    v_answer.code := 200;
    v_answer.change := v_head.newest_change;
    v_answer.newest := v_head.newest_number;
    return next v_answer;
  end loop;
end $$;
`;
