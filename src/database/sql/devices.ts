import { MAX_AHEAD } from '../../domain/chat.js';
import { LOOKUP_SETTINGS, PLANNER_SETTINGS } from './settings.js';

export const DEVICES = `
-- Of two connections of a device, or of a session, on whatever servers, the one that was introduced later is the newer one.
create sequence introductions;

-- Of a token: one made here (p_version) if it is older than the user's tokens are by now, another one if it was not issued since.
create function is_old_token(p_version bigint, p_issued_at double precision, p_now_version bigint, p_revoked_at bigint) returns boolean
language sql immutable
return coalesce(case when p_version is not null then p_version < p_now_version
  else floor(coalesce(p_issued_at, 0)) <= p_revoked_at end, false);

create function is_revoked(p_user users, p_version bigint, p_issued_at double precision) returns boolean
language sql immutable
return coalesce((p_user).is_erasing, false)
  or is_old_token(p_version, p_issued_at, (p_user).token_version, (p_user).tokens_revoked_at);

-- A ban for a while ends by itself.
create function is_banned(p_user users, p_now bigint) returns boolean
language sql immutable
return (p_user).banned_at is not null and ((p_user).banned_until is null or (p_user).banned_until > p_now);

/*
 * A token names a user, who exists from now on and is called as it says. Nothing is written where the token was revoked, the user was
 * erased since, or is banned. o_joined: no token had named the user before, and it had not registered; of several such tokens at once
 * one says so.
 */
create function see_user(p_user text, p_name text, p_now bigint, p_version bigint, p_issued_at double precision)
returns table (o_revoked boolean, o_banned boolean, o_banned_until bigint, o_number bigint, o_joined boolean)
language plpgsql volatile as $$
declare
  v_user users;
begin
  select * into v_user from users where id = p_user;
  if found then
    o_revoked := is_revoked(v_user, p_version, p_issued_at);
  else
    o_revoked := exists (
      select from erased_users where user_id = p_user and is_old_token(p_version, p_issued_at, token_version, erased_at));
  end if;
  o_banned := is_banned(v_user, p_now);
  o_banned_until := v_user.banned_until;
  o_number := v_user.number;
  o_joined := false;
  if o_revoked or o_banned or v_user.seen and (p_name is null or p_name = v_user.name) then
    return next;
    return;
  end if;

  insert into users (id, name, created_at, seen) values (p_user, p_name, p_now, true) on conflict do nothing
    returning number into o_number;
  o_joined := found;
  if not o_joined then
    update users set seen = true where id = p_user and not seen;
    o_joined := found;
    update users set name = p_name where id = p_user and name is distinct from p_name and p_name is not null;
    select number into o_number from users where id = p_user;
  end if;
  return next;
end $$;

/*
 * A device connects: its user exists from now on, and so does it. One that is seen for the first time, or was away so long that it
 * counts as such, begins in every chat at its user's delivered mark, and at the head for everything else. One that resumes
 * (p_resumes_since) begins at the head of every channel where it is new or was last seen before that, and else is bound in what it
 * missed. A revoked token connects nothing, nor does a banned user's.
 *
 * o_introduced_as: its place among all introductions, taken while the device is locked. That nothing may come of it is why it is not
 * written here: take_over_devices does that once a connection is open.
 */
create function connect_device(
  p_user text, p_user_name text, p_dialect text, p_name text, p_now bigint, p_forgotten_before bigint, p_version bigint,
  p_issued_at double precision, p_resumes_since bigint, p_max_missed integer, p_channels bigint[]
) returns table (o_revoked boolean, o_banned boolean, o_banned_until bigint, o_number bigint, o_joined boolean, o_device bigint,
  o_introduced_as bigint)
language plpgsql volatile as $$
declare
  v_device devices;
begin
  select * into o_revoked, o_banned, o_banned_until, o_number, o_joined
    from see_user(p_user, p_user_name, p_now, p_version, p_issued_at);
  if o_revoked or o_banned then
    return next;
    return;
  end if;

  -- Locks the row, so that of two first connections the second finds the cursors of the first.
  insert into devices as d (user_id, dialect, name, last_seen) values (p_user, p_dialect, p_name, 0)
    on conflict (user_id, dialect, name) do update set last_seen = d.last_seen
    returning * into v_device;
  if p_resumes_since is not null then
    if v_device.last_seen < p_resumes_since then
      perform begin_at_heads(v_device.id);
    else
      perform bound_missed(v_device.id, p_channels, p_max_missed);
    end if;
  elsif v_device.last_seen < p_forgotten_before then
    delete from cursors where device_id = v_device.id;
    insert into cursors (device_id, chat_id, change, number)
      select v_device.id, m.chat_id, h.newest_change, m.dlvrd_to from members m join heads h on h.chat_id = m.chat_id
        where m.user_id = p_user and m.left_change is null and h.newest_change > 0
        order by m.chat_id;
  end if;
  update devices set last_seen = p_now where id = v_device.id;
  o_device := v_device.id;
  o_introduced_as := nextval('introductions');
  return next;
end $$;

-- In the order of their ids, so that two servers can't wait for each other.
create function touch_devices(p_devices bigint[], p_now bigint) returns void
language sql volatile ${PLANNER_SETTINGS} as $$
  update devices set last_seen = p_now
    where id = any (array(select id from devices where id = any (p_devices) order by id for no key update))
$$;

-- Connections of these devices are open now that were introduced so. In the order of their ids, for the same reason.
create function take_over_devices(p_devices bigint[], p_introduced_as bigint[]) returns void
language sql volatile ${PLANNER_SETTINGS} as $$
  with locked as materialized (select id from devices where id = any (p_devices) order by id for no key update)
  update devices d set opened_as = t.introduced_as
    from unnest(p_devices, p_introduced_as) as t (id, introduced_as) join locked l on l.id = t.id
    where d.id = t.id and d.opened_as < t.introduced_as
$$;

-- Of these devices those of which a connection has opened that was introduced later.
create function taken_over_devices(p_devices bigint[], p_introduced_as bigint[]) returns setof bigint
language sql stable ${LOOKUP_SETTINGS} as $$
  select d.id from unnest(p_devices, p_introduced_as) as t (id, introduced_as) join devices d on d.id = t.id
    where d.opened_as > t.introduced_as
$$;

create function leave_devices(p_devices bigint[], p_since bigint[]) returns void
language sql volatile ${PLANNER_SETTINGS} as $$
  with locked as materialized (select id from devices where id = any (p_devices) order by id for no key update)
  update devices d set last_seen = greatest(d.last_seen, t.since)
    from unnest(p_devices, p_since) as t (id, since) join locked l on l.id = t.id
    where d.id = t.id
$$;

-- What a device has had on two servers it has had: neither knows what the other has written. The oldest stay where it is too much.
create function ahead_of_both(p_one bigint[], p_other bigint[], p_change bigint) returns bigint[]
language sql immutable as $$
  select array(select distinct change from unnest(p_one || p_other) as change
    where change > p_change order by change limit ${MAX_AHEAD})
$$;

create function save_cursors(p_device bigint[], p_chat bigint[], p_change bigint[], p_number bigint[], p_ahead text[]) returns void
language sql volatile as $$
  insert into cursors as c (device_id, chat_id, change, number, ahead)
    select d, chat, change, number, ahead::bigint[]
      from unnest(p_device, p_chat, p_change, p_number, p_ahead) as t (d, chat, change, number, ahead)
      order by d, chat
    on conflict (device_id, chat_id) do update set change = greatest(c.change, excluded.change),
      number = greatest(c.number, excluded.number), ahead = case
        when c.ahead = '{}' and c.change <= excluded.change then excluded.ahead
        else ahead_of_both(c.ahead, excluded.ahead, greatest(c.change, excluded.change)) end
$$;
`;
