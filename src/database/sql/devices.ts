export const DEVICES = `
/*
 * A device connects: its user exists from now on, and so does it. One that is seen for the first time, or was away so long that it
 * counts as such, begins in every chat at its user's delivered mark, and at the head for everything else.
 */
create function connect_device(p_user text, p_user_name text, p_dialect text, p_name text, p_now bigint, p_forgotten_before bigint)
returns bigint
language plpgsql volatile as $$
declare
  v_device devices;
begin
  insert into users (id, name, created_at, seen) values (p_user, p_user_name, p_now, true)
    on conflict (id) do update set name = coalesce(excluded.name, users.name), seen = true
      where not users.seen or excluded.name <> users.name or (users.name is null and excluded.name is not null);

  -- Locks the row, so that of two first connections the second finds the cursors of the first.
  insert into devices as d (user_id, dialect, name, last_seen) values (p_user, p_dialect, p_name, 0)
    on conflict (user_id, dialect, name) do update set last_seen = d.last_seen
    returning * into v_device;
  if v_device.last_seen < p_forgotten_before then
    delete from cursors where device_id = v_device.id;
    insert into cursors (device_id, chat_id, change, number)
      select v_device.id, m.chat_id, h.newest_change, m.dlvrd_to from members m join heads h on h.chat_id = m.chat_id
        where m.user_id = p_user and m.left_change is null and h.newest_change > 0
        order by m.chat_id;
  end if;
  update devices set last_seen = p_now where id = v_device.id;
  return v_device.id;
end $$;

create function save_cursors(p_device bigint[], p_chat bigint[], p_change bigint[], p_number bigint[], p_ahead text[]) returns void
language sql volatile as $$
  insert into cursors as c (device_id, chat_id, change, number, ahead)
    select d, chat, change, number, ahead::bigint[]
      from unnest(p_device, p_chat, p_change, p_number, p_ahead) as t (d, chat, change, number, ahead)
      order by d, chat
    on conflict (device_id, chat_id) do update set change = greatest(c.change, excluded.change),
      number = greatest(c.number, excluded.number), ahead = excluded.ahead
$$;
`;
