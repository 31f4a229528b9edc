import { LOOKUP_SETTINGS, PLANNER_SETTINGS } from './settings.js';

/**
 * Reading the log from a position. Each function reads in the one snapshot of the query that calls it, so head and streams agree.
 */
export const READING = `
/*
 * Without p_channels what the user has joined counts like groups; with them channels are followed, and joining one says nothing. A device
 * that has no cursor in one has had nothing of it; where it follows channels by their names (p_by_name), what came under another name is
 * not for it. In no order.
 */
create function changed_chats(p_device bigint, p_user text, p_channels bigint[], p_with_chats boolean, p_by_name boolean)
returns table (o_chat bigint, o_change bigint, o_number bigint, o_ahead bigint[])
language plpgsql stable ${LOOKUP_SETTINGS} as $$
begin
  if p_with_chats then
    return query
      select m.chat_id, coalesce(c.change, 0), coalesce(c.number, 0), coalesce(c.ahead, '{}')
        from members m join heads h on h.chat_id = m.chat_id
        left join cursors c on c.device_id = p_device and c.chat_id = m.chat_id
        where m.user_id = p_user and case when m.left_change is null
          then h.newest_change > coalesce(c.change, 0) or h.newest_number > coalesce(c.number, 0)
          else m.left_change > coalesce(c.change, 0) end
          and (p_channels is null or (select kind <> 'channel' from chats where id = m.chat_id));
  end if;
  if p_channels is null then
    return;
  end if;
  return query
    with had as materialized (select c.chat_id, c.change, c.number, c.ahead from cursors c where c.device_id = p_device)
    select c.chat_id, c.change, c.number, c.ahead
      from had c cross join lateral (select newest_change, newest_number from heads where chat_id = c.chat_id) h
      where (h.newest_change > c.change or h.newest_number > c.number) and c.chat_id = any (p_channels)
    union all
    select h.chat_id, coalesce(n.change, 0), coalesce(n.number, 0), '{}'
      from heads h
      left join lateral (
        select named_change - 1 as change,
            (select number from messages where chat_id = h.chat_id and created_change < named_change order by number desc limit 1) as number
          from chats where p_by_name and id = h.chat_id) n on true
      where h.chat_id = any (array(select unnest(p_channels) except select had.chat_id from had))
        and (h.newest_change > coalesce(n.change, 0) or h.newest_number > coalesce(n.number, 0))
    union all
    -- Nobody follows a channel that was deleted: that it was is told to whoever did.
    select c.chat_id, c.change, c.number, c.ahead
      from chats k join cursors c on c.device_id = p_device and c.chat_id = k.id
      where k.id = any (array(select had.chat_id from had except select unnest(p_channels))) and k.deleted_change > c.change;
end $$;

/* The same of these dialogs and groups alone. */
create function changed_among(p_device bigint, p_user text, p_chats bigint[])
returns table (o_chat bigint, o_change bigint, o_number bigint, o_ahead bigint[])
language sql stable ${LOOKUP_SETTINGS} as $$
  select m.chat_id, coalesce(c.change, 0), coalesce(c.number, 0), coalesce(c.ahead, '{}')
    from unnest(p_chats) t (id)
    join members m on m.chat_id = t.id and m.user_id = p_user
    join heads h on h.chat_id = m.chat_id
    left join cursors c on c.device_id = p_device and c.chat_id = m.chat_id
    where case when m.left_change is null
      then h.newest_change > coalesce(c.change, 0) or h.newest_number > coalesce(c.number, 0)
      else m.left_change > coalesce(c.change, 0) end
$$;

create type catch_up_row as (
  chat_id bigint,
  what text,
  change bigint,
  number bigint,
  id bigint,
  at bigint,
  user_id text,
  user_name text,
  client_message_id text,
  kind text,
  text text,
  payload text,
  metadata text,
  attachments text,
  forwarded text,
  reactions text,
  created_change bigint,
  edited_change bigint,
  deleted_change bigint,
  reacted_change bigint,
  created_at bigint,
  updated_at bigint,
  deleted_at bigint,
  detail text,
  user_number bigint,
  thread_id bigint,
  textless boolean
);

create function chat_detail(p_chat chats, p_head heads, p_member members, p_own bigint, p_more boolean) returns text
language sql immutable
return json_build_object('kind', p_chat.kind, 'publicId', p_chat.public_id, 'name', p_chat.name, 'userA', p_chat.user_a, 'userB', p_chat.user_b,
  'readTo', p_member.read_to, 'ownSinceRead', p_own, 'missed', p_head.newest_number - p_member.read_to - p_member.sent + p_member.sent_at_read,
  'more', p_more)::text;

create function channel_detail(p_chat bigint) returns text
language sql stable
return (select row_to_json(c)::text from channels c where c.id = p_chat);

/*
 * What a viewer has to be told of some chats from a position in each. Two streams are merged by position: messages above the
 * number, in the order of their numbers and in their present state, and touches (edits, deletions, reactions) above the change of
 * messages that the viewer has: those up to the number, and those that came ahead. Beside them marks, the newest of each marker in the
 * place of the first that it stands for (a position behind that one would not show it again), and whether the chat's description
 * changed.
 * Whoever follows a channel (p_as_follower; in dialogs and groups it changes nothing) is told all of it as if it had joined before the
 * first change, but of marks and of how it stands nothing: instead of that the threads that were begun, and what describes the channel,
 * as it is now.
 * A call is a message that was touched when it ended; that it ended is told besides, and the viewer's own answer while it has not. Only who
 * was called is told, or who joined the call itself later.
 * If a stream has more than p_limit, all are cut at the change where it was (numbers are dense: the place is found by its key).
 *
 * A row 'chat' begins each chat: change and number are the position reached, detail says what the chat is and how its viewer
 * stands. Once p_limit rows are out no further chat is begun.
 */
create function catch_up(p_viewer text, p_chats bigint[], p_changes bigint[], p_numbers bigint[], p_ahead text[], p_limit integer, p_receipt_members integer,
  p_as_follower boolean)
returns setof catch_up_row
language plpgsql stable ${PLANNER_SETTINGS} as $$
declare
  v_chat chats;
  v_head heads;
  v_member members;
  v_ahead bigint[];
  v_change bigint;
  v_number bigint;
  v_until bigint;
  v_place bigint;
  v_own bigint;
  v_room integer := p_limit;
  v_rows integer;
  v_row catch_up_row;
  v_nothing catch_up_row;
  v_follows boolean;
  v_follower members := row (0, '', 'member', 0, 0, 0, null, 0, 0, 0, 0);
  v_is_new boolean;
  v_has_calls boolean;
  -- How a chat stands, and that it is gone, is told as of now: when it came to be so is not kept.
  v_now bigint := floor(extract(epoch from clock_timestamp()) * 1000);
begin
  for i in 1 .. cardinality(p_chats) loop
    exit when v_room <= 0;
    select * into v_chat from chats where id = p_chats[i];
    select * into v_head from heads where chat_id = p_chats[i];
    v_follows := p_as_follower and v_chat.kind = 'channel';
    if v_follows then
      v_member := v_follower;
    else
      select * into v_member from members where chat_id = p_chats[i] and user_id = p_viewer;
      continue when v_member is null;
    end if;

    v_row := v_nothing;
    v_row.chat_id := v_chat.id;
    v_row.what := 'chat';

    if v_member.left_change is not null then
      v_row.change := greatest(p_changes[i], v_member.left_change);
      v_row.number := p_numbers[i];
      v_row.detail := chat_detail(v_chat, v_head, v_member, 0, false);
      return next v_row;
      if v_member.left_change > p_changes[i] then
        v_row.what := 'removed';
        v_row.change := v_member.left_change;
        v_row.at := v_now;
        return next v_row;
        v_room := v_room - 1;
      end if;
      continue;
    end if;

    if v_follows and v_chat.deleted_change is not null then
      v_row.change := greatest(p_changes[i], v_head.newest_change);
      v_row.number := v_head.newest_number;
      v_row.detail := chat_detail(v_chat, v_head, v_member, 0, false);
      return next v_row;
      if v_chat.deleted_change > p_changes[i] then
        v_row.what := 'described';
        v_row.change := v_chat.deleted_change;
        v_row.at := v_now;
        v_row.kind := 'deleted';
        v_row.detail := channel_detail(v_chat.id);
        return next v_row;
        v_room := v_room - 1;
      end if;
      continue;
    end if;

    v_change := greatest(p_changes[i], v_member.joined_change - 1);
    v_number := greatest(p_numbers[i], v_member.joined_number);
    v_ahead := p_ahead[i]::bigint[];

    v_has_calls := exists (select from calls where chat_id = v_chat.id and closed_change > v_change)
      or exists (select from calls where chat_id = v_chat.id and closed_change is null);

    v_until := v_head.newest_change;
    if v_head.newest_number - v_number > v_room then
      select created_change into v_until from messages where chat_id = v_chat.id and number = v_number + v_room;
    end if;
    select t.change into v_place from (
      select e.change from messages m, lateral (values (m.edited_change), (m.deleted_change)) e (change)
        where m.chat_id = v_chat.id and m.change > v_change and m.change > m.created_change
          and (m.number <= v_number or m.created_change = any (v_ahead)) and m.number > v_member.joined_number
          and e.change > v_change and (m.deleted_change is null or e.change = m.deleted_change)
      union all
      select r.change from messages m join reactions r on r.chat_id = m.chat_id and r.number = m.number
        where m.chat_id = v_chat.id and m.change > v_change and m.change > m.created_change
          and (m.number <= v_number or m.created_change = any (v_ahead)) and m.number > v_member.joined_number
          and m.reacted_change > v_change and r.change > v_change
      union all
      (select h.change from threads h where v_follows and h.chat_id = v_chat.id and h.change > v_change order by h.change limit v_room)) t
      order by t.change offset v_room - 1 limit 1;
    if v_place < v_until then
      v_until := v_place;
    end if;
    if v_has_calls then
      select e.change into v_place from call_changes(v_chat.id, p_viewer, v_member.joined_number, v_change) e
        order by e.change offset v_room - 1 limit 1;
      if v_place < v_until then
        v_until := v_place;
      end if;
    end if;

    select count(*) into v_own from messages
      where v_member.sent > v_member.sent_at_read and chat_id = v_chat.id and sender = p_viewer
        and number > v_member.read_to and number <= v_number;

    v_row.change := greatest(v_until, p_changes[i]);
    select coalesce(max(number), 0) into v_row.number from messages
      where v_until < v_head.newest_change and chat_id = v_chat.id and number <= v_number + v_room and number > v_number
        and created_change <= v_until;
    v_row.number := case when v_until < v_head.newest_change then greatest(v_row.number, v_number) else v_head.newest_number end;
    v_row.detail := chat_detail(v_chat, v_head, v_member, v_own, v_until < v_head.newest_change);
    return next v_row;

    -- A dialog that had ended and is open again: a device that has something of it is told first that this is gone.
    if v_chat.user_a is not null and p_changes[i] > 0 and p_changes[i] < v_member.joined_change - 1 then
      v_row.what := 'removed';
      v_row.change := v_member.joined_change - 1;
      v_row.at := v_now;
      return next v_row;
      v_room := v_room - 1;
    end if;

    return query
      select m.chat_id, 'new', m.created_change, m.number, m.id, m.created_at, m.sender, u.name, m.client_message_id, m.kind, m.text,
          m.payload, m.metadata, m.attachments, m.forwarded, m.reactions, m.created_change, m.edited_change, m.deleted_change, m.reacted_change,
          m.created_at, m.updated_at, m.deleted_at,
          case when m.kind = 'call' then call_message_detail(m.chat_id, m.number, p_viewer, v_now) when m.reply_to is not null then (
            select json_build_object('number', number, 'clientMessageId', client_message_id, 'sender', sender, 'text', text,
              'createdAt', created_at)::text from messages where chat_id = m.chat_id and number = m.reply_to) end,
          case when v_chat.kind = 'channel' then u.number end, m.thread_id, null::boolean
        from messages m
        left join users u on u.id = m.sender
        where m.chat_id = v_chat.id and m.number > v_number and m.created_change <= v_until
        order by m.number limit v_room;
    get diagnostics v_rows = row_count;
    v_room := v_room - v_rows;

    return query
      select m.chat_id, case when e.change = m.deleted_change then 'deleted' else 'edited' end, e.change, m.number, m.id,
          case when e.change = m.deleted_change then m.deleted_at else m.updated_at end, m.sender, null::text, m.client_message_id,
          m.kind, m.text, m.payload, m.metadata, m.attachments, null::text, case when m.kind = 'call' then m.reactions end, m.created_change, m.edited_change,
          m.deleted_change, m.reacted_change, m.created_at, m.updated_at, m.deleted_at,
          case when m.kind = 'call' then call_message_detail(m.chat_id, m.number, p_viewer, v_now) end,
          case when v_chat.kind = 'channel' then (select number from users where id = m.sender) end, m.thread_id, null::boolean
        from messages m, lateral (values (m.edited_change), (m.deleted_change)) e (change)
        where m.chat_id = v_chat.id and m.change > v_change and m.change > m.created_change
          and (m.number <= v_number or m.created_change = any (v_ahead)) and m.number > v_member.joined_number
          and e.change > v_change and e.change <= v_until and (m.deleted_change is null or e.change = m.deleted_change);
    get diagnostics v_rows = row_count;
    v_room := v_room - v_rows;

    return query
      select m.chat_id, 'reacted', r.change, m.number, m.id, r.at, r.user_id, null::text, m.client_message_id,
          case when r.adding then 'add' else 'remove' end, r.reaction, null::text, null::text, null::text, null::text, coalesce(m.reactions, '{}'),
          m.created_change, null::bigint, null::bigint, m.reacted_change, m.created_at, null::bigint, null::bigint, null::text,
          null::bigint, m.thread_id, v_chat.kind = 'channel' and coalesce(m.text, '') = ''
        from messages m join reactions r on r.chat_id = m.chat_id and r.number = m.number
        where m.chat_id = v_chat.id and m.change > v_change and m.change > m.created_change
          and (m.number <= v_number or m.created_change = any (v_ahead)) and m.number > v_member.joined_number
          and m.reacted_change > v_change and r.change > v_change and r.change <= v_until;
    get diagnostics v_rows = row_count;
    v_room := v_room - v_rows;

    if v_has_calls then
      return query
        select c.chat_id, e.what, e.change, c.number, c.message_id, e.at, e.user_id, null::text, null::text, e.kind, null::text, null::text,
            null::text, null::text, null::text, null::text, c.started_change, null::bigint, null::bigint, null::bigint, c.started_at,
            null::bigint, null::bigint, call_detail(c, p_viewer, v_now), null::bigint, null::bigint, null::boolean
          from call_changes(v_chat.id, p_viewer, v_member.joined_number, v_change) e
          join calls c on c.chat_id = v_chat.id and c.number = e.number
          where e.change <= v_until;
      get diagnostics v_rows = row_count;
      v_room := v_room - v_rows;
    end if;

    if v_follows then
      return query
        select v_chat.id, 'thread', t.change, null::bigint, null::bigint, t.created_at, t.creator, null::text, null::text, null::text, null::text,
            null::text, null::text, null::text, null::text, null::text, t.change, null::bigint, null::bigint, null::bigint, t.created_at,
            null::bigint, null::bigint, json_build_object('id', t.id, 'channelId', t.chat_id, 'messageId', t.message_id,
              'createdBy', (select number from users where id = t.creator), 'createdAt', t.created_at, 'name', t.name)::text,
            null::bigint, null::bigint, null::boolean
          from threads t
          where t.chat_id = v_chat.id and t.change > v_change and t.change <= v_until;
      get diagnostics v_rows = row_count;
      v_room := v_room - v_rows;

      v_is_new := v_change = 0 and 1 <> all (v_ahead);
      if v_is_new or v_chat.described_change > v_change and v_chat.described_change <= v_until then
        v_row := v_nothing;
        v_row.chat_id := v_chat.id;
        v_row.what := 'described';
        v_row.change := case when v_is_new then 1 else v_chat.described_change end;
        v_row.at := case when v_is_new then v_chat.created_at else v_now end;
        v_row.kind := case when v_is_new then 'created' else 'updated' end;
        v_row.detail := channel_detail(v_chat.id);
        return next v_row;
        v_room := v_room - 1;
      end if;
      continue;
    end if;

    return query
      select v_chat.id, 'marked', k.change, m.number, null::bigint, k.at, k.user_id, null::text, m.client_message_id, k.kind, null::text,
          null::text, null::text, null::text, null::text, null::text, k.first, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
          null::bigint, null::text, null::bigint, null::bigint, null::boolean
        from (
          select distinct on (user_id, kind) user_id, kind, up_to, at, change, min(change) over of_marker as first,
              min(prev) over of_marker as prev
            from marks where chat_id = v_chat.id and change > v_change and change <= v_until and change <> all (v_ahead)
              and (user_id <> p_viewer or kind = 'read')
              and (user_id = p_viewer or v_head.members <= p_receipt_members and v_chat.kind <> 'channel')
            window of_marker as (partition by user_id, kind)
            order by user_id, kind, change desc) k
        cross join lateral (
          select number, client_message_id from messages
            where chat_id = v_chat.id and number <= k.up_to
              and (k.user_id = p_viewer or sender = p_viewer and number > k.prev and number > v_member.joined_number)
            order by number desc limit 1) m;
    get diagnostics v_rows = row_count;
    v_room := v_room - v_rows;

    if v_chat.public_id is not null and v_head.info_change > v_change and v_head.info_change <= v_until then
      v_row := v_nothing;
      v_row.chat_id := v_chat.id;
      v_row.what := 'state';
      v_row.change := v_head.info_change;
      v_row.at := v_now;
      return next v_row;
      v_room := v_room - 1;
    end if;
  end loop;
end $$;

/*
 * What goes ahead of all else that waits: urgent messages of others above each position that the device has not had already, oldest
 * first, in rows like those of catch_up. The positions stay where they are: the rest of the chat is still to come.
 */
create function urgent(p_viewer text, p_chats bigint[], p_changes bigint[], p_numbers bigint[], p_ahead text[], p_limit integer)
returns setof catch_up_row
language plpgsql stable ${PLANNER_SETTINGS} as $$
declare
  v_chat chats;
  v_head heads;
  v_member members;
  v_room integer := p_limit;
  v_rows integer;
  v_row catch_up_row;
begin
  for i in 1 .. cardinality(p_chats) loop
    exit when v_room <= 0;
    select * into v_member from members where chat_id = p_chats[i] and user_id = p_viewer and left_change is null;
    continue when not found or not exists (
      select from messages where chat_id = p_chats[i] and urgent and number > greatest(p_numbers[i], v_member.joined_number));
    select * into v_chat from chats where id = p_chats[i];
    select * into v_head from heads where chat_id = p_chats[i];
    v_row.chat_id := v_chat.id;
    v_row.what := 'chat';
    v_row.change := p_changes[i];
    v_row.number := p_numbers[i];
    v_row.detail := chat_detail(v_chat, v_head, v_member, 0, true);
    return next v_row;
    return query
      select m.chat_id, 'new', m.created_change, m.number, m.id, m.created_at, m.sender, u.name, m.client_message_id, m.kind, m.text,
          m.payload, m.metadata, m.attachments, m.forwarded, m.reactions, m.created_change, m.edited_change, m.deleted_change,
          m.reacted_change, m.created_at, m.updated_at, m.deleted_at, null::text,
          case when v_chat.kind = 'channel' then u.number end, m.thread_id, null::boolean
        from messages m
        left join users u on u.id = m.sender
        where m.chat_id = v_chat.id and m.urgent and m.number > greatest(p_numbers[i], v_member.joined_number)
          and m.sender <> p_viewer and m.created_change <> all (p_ahead[i]::bigint[])
        order by m.number limit v_room;
    get diagnostics v_rows = row_count;
    v_room := v_room - v_rows;
  end loop;
end $$;

create function groups_of(p_user text)
returns table (id bigint, kind text, public_id text, name text, user_a text, user_b text, o_change bigint, o_base bigint, o_joined bigint)
language sql stable ${PLANNER_SETTINGS} as $$
  select c.id, c.kind, c.public_id, c.name, c.user_a, c.user_b, h.newest_change, m.read_to + m.sent - m.sent_at_read, m.joined_number
    from members m join chats c on c.id = m.chat_id join heads h on h.chat_id = m.chat_id
    where m.user_id = p_user and m.left_change is null and c.public_id is not null
$$;

/* How these users stand in a group or channel. Of one that is not in it, o_base is null. */
create function seats_in(p_chat bigint, p_users text[]) returns table (o_user text, o_change bigint, o_base bigint, o_joined bigint)
language sql stable ${PLANNER_SETTINGS} as $$
  select u.id, h.newest_change, m.read_to + m.sent - m.sent_at_read, m.joined_number
    from heads h cross join unnest(p_users) u (id)
    left join members m on m.chat_id = h.chat_id and m.user_id = u.id and m.left_change is null
    where h.chat_id = p_chat
$$;

/* Everyone with whom the user shares a dialog, or a group of up to p_receipt_members; with p_among, those of them who are in it. */
create function contacts_of(p_user text, p_receipt_members integer, p_among text[]) returns table (o_user text)
language sql stable ${LOOKUP_SETTINGS} as $$
  select distinct o.user_id
    from members m
    join chats c on c.id = m.chat_id
    join heads h on h.chat_id = m.chat_id
    join members o on o.chat_id = m.chat_id and o.user_id <> m.user_id and o.left_change is null
    where m.user_id = p_user and m.left_change is null
      and (c.kind = 'dialog' or c.kind = 'group' and h.members <= p_receipt_members)
      and (p_among is null or o.user_id = any (p_among))
$$;
`;
