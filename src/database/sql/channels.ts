import { PLANNER_SETTINGS } from './settings.js';

/**
 * Making, describing and deleting channels, and beginning threads in them. Rare, so one at a time: all but threads lock the server's
 * profile first, which makes names, the count and the tree of channels hold still. Then, like every change of a chat, they lock its
 * head and take its next change number.
 *
 * Each answers what came of it (no change where everything was so already) beside the channel or thread as it was left.
 */
export const CHANNELS = `
create function lock_channels() returns void
language sql volatile
begin atomic
  select from server_profile for no key update;
end;

create function is_channel(p_chat bigint) returns boolean
language sql stable
return exists (select from chats where id = p_chat and kind = 'channel' and deleted_change is null);

create function is_channel_named(p_name text) returns boolean
language sql stable
return exists (select from chats where name = p_name and kind = 'channel' and deleted_change is null);

-- A channel and all above it.
create function channels_above(p_chat bigint) returns setof bigint
language sql stable as $$
  with recursive line as (
    select id, parent_id from chats where id = p_chat
    union all
    select c.id, c.parent_id from line l join chats c on c.id = l.parent_id)
  select id from line
$$;

-- A channel and all below it, the deepest first.
create function channels_below(p_chat bigint) returns setof bigint
language sql stable as $$
  with recursive tree as (
    select id, 0 as depth from chats where id = p_chat
    union all
    select c.id, t.depth + 1 from tree t join chats c on c.parent_id = t.id
      where c.kind = 'channel' and c.deleted_change is null)
  select id from tree order by depth desc, id
$$;

create function end_channel_change(p_chat bigint, inout o_changed chat_changed)
language plpgsql volatile as $$
begin
  o_changed := end_chat_change(p_chat, o_changed);
  update server_profile set channels_version = channels_version + 1;
end $$;

create function create_channel(
  p_user text, p_public_id text, p_name text, p_description text, p_parent bigint, p_ordinality integer, p_capabilities text[],
  p_max_channels integer, out o_changed chat_changed, out o_channel channels
) language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_now bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  v_chat bigint;
begin
  perform lock_channels();
  if p_parent is not null and not is_channel(p_parent) then
    o_changed.code := 404;
    o_changed.field := 'parentChannelId';
    return;
  end if;
  if is_channel_named(p_name) then
    o_changed.code := 409;
    o_changed.field := 'name';
    return;
  end if;
  if (select count(*) from chats where kind = 'channel' and deleted_change is null) >= p_max_channels then
    o_changed.code := 409;
    return;
  end if;
  if not may_act(p_user) then
    o_changed.code := 404;
    return;
  end if;
  perform user_number(p_user, v_now);
  insert into chats (kind, public_id, name, description, parent_id, ordinality, capabilities, described_change, created_by, created_at)
    values ('channel', p_public_id, p_name, p_description, p_parent, p_ordinality, p_capabilities, 1, p_user, v_now)
    returning id into v_chat;
  insert into heads (chat_id, members) values (v_chat, 0);
  o_changed := end_channel_change(v_chat, lock_chat(v_chat));
  select * into o_channel from channels where id = v_chat;
end $$;

-- p_update has what is to be changed: name, description, parentId, ordinality, capabilities.
create function update_channel(p_chat bigint, p_update jsonb, out o_changed chat_changed, out o_channel channels)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_is channels;
  v_will channels;
begin
  perform lock_channels();
  o_changed := lock_chat(p_chat);
  select * into v_is from channels where id = p_chat and deleted_change is null;
  if not found then
    o_changed.code := 404;
    o_changed.field := 'channelId';
    return;
  end if;
  v_will := v_is;
  if p_update ? 'name' then
    v_will.name := p_update ->> 'name';
  end if;
  if p_update ? 'description' then
    v_will.description := p_update ->> 'description';
  end if;
  if p_update ? 'parentId' then
    v_will.parent_id := p_update ->> 'parentId';
  end if;
  if p_update ? 'ordinality' then
    v_will.ordinality := p_update ->> 'ordinality';
  end if;
  if p_update ? 'capabilities' then
    v_will.capabilities := array(select jsonb_array_elements_text(p_update -> 'capabilities'));
  end if;

  if v_will is not distinct from v_is then
    o_changed.code := 208;
    o_channel := v_is;
    return;
  end if;
  if v_will.name <> v_is.name and is_channel_named(v_will.name) then
    o_changed.code := 409;
    o_changed.field := 'name';
    return;
  end if;
  if v_will.parent_id is not null and not is_channel(v_will.parent_id) then
    o_changed.code := 404;
    o_changed.field := 'parentChannelId';
    return;
  end if;
  if p_chat in (select channels_above(v_will.parent_id)) then
    o_changed.code := 400;
    o_changed.field := 'parentChannelId';
    return;
  end if;
  update chats set name = v_will.name, description = v_will.description, parent_id = v_will.parent_id,
      ordinality = v_will.ordinality, capabilities = v_will.capabilities, described_change = o_changed.change + 1,
      named_change = case when v_will.name <> v_is.name then o_changed.change + 1 else named_change end
    where id = p_chat;
  o_changed := end_channel_change(p_chat, o_changed);
  select * into o_channel from channels where id = p_chat;
end $$;

-- One row for each channel that is gone by it, children before their parents.
create function delete_channel(p_chat bigint) returns table (o_changed chat_changed, o_channel channels)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_chats bigint[];
  v_chat bigint;
begin
  perform lock_channels();
  if not is_channel(p_chat) then
    o_changed.code := 404;
    o_changed.field := 'channelId';
    return next;
    return;
  end if;
  v_chats := array(select channels_below(p_chat));
  if exists (select from server_profile where default_channel = any (v_chats)) then
    o_changed.code := 409;
    return next;
    return;
  end if;
  -- All in the order of their ids before any is changed: so no append can be waiting for one and hold another.
  perform 1 from heads where chat_id = any (v_chats) order by chat_id for no key update;
  foreach v_chat in array v_chats loop
    o_changed := lock_chat(v_chat);
    o_changed.left_users := array(select user_id from members where chat_id = v_chat and left_change is null);
    update members set left_change = o_changed.change + 1, role = 'member' where chat_id = v_chat and left_change is null;
    update chats set deleted_change = o_changed.change + 1, described_change = o_changed.change + 1 where id = v_chat;
    o_changed := end_channel_change(v_chat, o_changed);
    select * into o_channel from channels where id = v_chat;
    return next;
  end loop;
end $$;

create function create_thread(
  p_chat bigint, p_user text, p_message bigint, p_name text,
  out o_changed chat_changed, out o_thread bigint, out o_creator bigint
) language plpgsql volatile ${PLANNER_SETTINGS} as $$
begin
  o_changed := lock_chat(p_chat);
  if not is_channel(p_chat) then
    o_changed.code := 404;
    o_changed.field := 'channelId';
    return;
  end if;
  if not exists (select from messages where id = p_message and chat_id = p_chat and deleted_change is null) then
    o_changed.code := 404;
    o_changed.field := 'sourceChatId';
    return;
  end if;
  if exists (select from threads where message_id = p_message) then
    o_changed.code := 409;
    o_changed.field := 'sourceChatId';
    return;
  end if;
  o_creator := user_number(p_user, o_changed.at);
  if o_creator is null then
    o_changed.code := 404;
    o_changed.field := 'channelId';
    return;
  end if;
  o_changed.code := 200;
  o_changed.change := o_changed.change + 1;
  insert into threads (chat_id, message_id, creator, name, change, created_at)
    values (p_chat, p_message, p_user, p_name, o_changed.change, o_changed.at)
    returning id into o_thread;
  update heads set newest_change = o_changed.change, writer = this_writer() where chat_id = p_chat;
end $$;

-- p_update has what is to be changed: name, description, iconId, defaultChannel. False where that is no channel.
create function update_server_profile(p_update jsonb) returns boolean
language plpgsql volatile as $$
begin
  perform lock_channels();
  if p_update ? 'defaultChannel' and not is_channel((p_update ->> 'defaultChannel')::bigint) then
    return false;
  end if;
  update server_profile set
    name = case when p_update ? 'name' then p_update ->> 'name' else name end,
    description = case when p_update ? 'description' then p_update ->> 'description' else description end,
    icon_id = case when p_update ? 'iconId' then (p_update ->> 'iconId')::bigint else icon_id end,
    default_channel = case when p_update ? 'defaultChannel' then (p_update ->> 'defaultChannel')::bigint else default_channel end;
  return true;
end $$;
`;
