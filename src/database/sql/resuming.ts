import { LOOKUP_SETTINGS } from './settings.js';

/**
 * Devices of a dialect that follows channels: where they begin, and where they go on. Other devices pay nothing for it: these
 * functions are called for those alone.
 */
export const RESUMING = `
create function begin_at_heads(p_device bigint) returns void
language sql volatile ${LOOKUP_SETTINGS} as $$
  delete from cursors where device_id = p_device;
  -- What the last connection left may be written just now: it says less, and hurts nobody.
  insert into cursors (device_id, chat_id, change, number)
    select p_device, h.chat_id, h.newest_change, h.newest_number from chats c join heads h on h.chat_id = c.id
      where c.kind = 'channel' and c.deleted_change is null
      order by h.chat_id
    on conflict do nothing
$$;

/*
 * Changes of a channel above a position that followers are shown, the newest p_limit, newest first. Of messages up to p_number each edit,
 * deletion and reaction counts; above it a message counts once, as catch_up tells it, whatever was done to it since. (With p_touches,
 * that counts there as well.) Of the newest touched messages each has its newest touch among those wanted, so no more need be read.
 */
create function shown_changes(p_chat bigint, p_change bigint, p_number bigint, p_touches boolean, p_limit integer) returns setof bigint
language sql stable ${LOOKUP_SETTINGS} as $$
  with touched as materialized (
    select number, edited_change, deleted_change from messages
      where chat_id = p_chat and change > p_change and change > created_change and (p_touches or number <= p_number)
      order by change desc limit p_limit)
  select change from (
    (select created_change as change from messages
      where chat_id = p_chat and number > p_number and (text <> '' or deleted_change is not null)
      order by number desc limit p_limit)
    union all
    select e.change from touched t, lateral (values (t.edited_change), (t.deleted_change)) e (change)
      where t.deleted_change is null or e.change = t.deleted_change
    union all
    select r.change from touched t join reactions r on r.chat_id = p_chat and r.number = t.number
    union all
    (select change from threads where chat_id = p_chat order by change desc limit p_limit)
    union all
    select case when p_change = 0 and not p_touches then 1 else described_change end from chats where id = p_chat) s
  where change > p_change order by change desc limit p_limit
$$;

/*
 * A device comes back within its time: if it missed more than p_max frames in all channels together, its cursors are raised so far that no
 * more than that are left, the newest of each channel. Channels share them equally, but what one does not need is for the others.
 * A change is a frame at most, so changes are counted first; those of channels that are gone count too, which does no harm.
 */
create function bound_missed(p_device bigint, p_channels bigint[], p_max integer) returns void
language plpgsql volatile ${LOOKUP_SETTINGS} as $$
declare
  c record;
  v_changes numeric;
  v_room integer := p_max;
  v_share integer;
  v_change bigint;
  v_number bigint;
begin
  with had as materialized (
    select chat_id, change from cursors where device_id = p_device and (p_channels is null or chat_id = any (p_channels)))
  select coalesce(sum(s.missed), 0) into v_changes from (
    select h.newest_change - u.change as missed
      from had u cross join lateral (select newest_change from heads where chat_id = u.chat_id) h
    union all
    select newest_change from heads where chat_id = any (array(
      select id from chats where kind = 'channel' and deleted_change is null and (p_channels is null or id = any (p_channels))
      except select chat_id from had))) s;
  if v_changes <= p_max then
    return;
  end if;

  for c in
    select t.*, count(*) over () - row_number() over (order by t.missed, t.chat_id) + 1 as sharers from (
      select h.chat_id, h.newest_change, h.newest_number, coalesce(u.change, 0) as change, coalesce(u.number, 0) as number,
          (select count(*) from shown_changes(h.chat_id, coalesce(u.change, 0), coalesce(u.number, 0), false, p_max + 1)) as missed
        from chats k join heads h on h.chat_id = k.id left join cursors u on u.device_id = p_device and u.chat_id = k.id
        where k.kind = 'channel' and k.deleted_change is null and (p_channels is null or k.id = any (p_channels))
          and h.newest_change > coalesce(u.change, 0)) t
      where t.missed > 0
      order by t.missed, t.chat_id
  loop
    v_share := v_room / c.sharers;
    v_room := v_room - least(c.missed, v_share);
    continue when c.missed <= v_share;
    if v_share = 0 then
      v_change := c.newest_change;
      v_number := c.newest_number;
    else
      select min(s) - 1 into v_change from shown_changes(c.chat_id, c.change, c.number, true, v_share) s;
      select coalesce((select number from messages where chat_id = c.chat_id and created_change <= v_change order by number desc limit 1), 0)
        into v_number;
    end if;
    insert into cursors as u (device_id, chat_id, change, number) values (p_device, c.chat_id, v_change, v_number)
      on conflict (device_id, chat_id) do update set change = greatest(u.change, excluded.change),
        number = greatest(u.number, excluded.number);
  end loop;
end $$;
`;
