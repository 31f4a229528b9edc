import { PLANNER_SETTINGS } from './settings.js';

/** Sessions: subscriptions that outlive their connection for a while, and how far it has received topic messages. */
export const TOPIC_SESSIONS = `
create table sessions (
  id bigint generated always as identity primary key,
  user_id text not null,
  name text not null,
  last_seen bigint not null,
  position bigint not null,
  unique (user_id, name)
) with (fillfactor = 60);

create table session_subscriptions (
  session_id bigint not null references sessions on delete cascade,
  pattern text collate "C" not null,
  since bigint not null,
  primary key (session_id, pattern)
);
comment on column session_subscriptions.since is 'the newest topic message when it began: what is older was never asked for';

-- A session that is new, or was away for too long, begins now and without subscriptions. Nothing where the user may not begin one.
create function open_session(p_user text, p_name text, p_now bigint, p_forgotten_before bigint)
returns table (o_session bigint, o_position bigint, o_is_back boolean)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_session sessions;
begin
  if not may_act(p_user) then
    return;
  end if;
  -- Locks the row, so that of two first connections the second finds what the first has made.
  insert into sessions as s (user_id, name, last_seen, position) values (p_user, p_name, 0, 0)
    on conflict (user_id, name) do update set last_seen = s.last_seen
    returning * into v_session;
  o_is_back := v_session.last_seen >= p_forgotten_before and v_session.last_seen > 0;
  if not o_is_back then
    delete from session_subscriptions where session_id = v_session.id;
    v_session.position := (select newest from topic_clock);
  end if;
  update sessions set last_seen = greatest(last_seen, p_now), position = v_session.position where id = v_session.id;
  o_session := v_session.id;
  o_position := v_session.position;
  return next;
end $$;

create function subscribe_session(p_session bigint, p_patterns text[], p_now bigint) returns bigint
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_since bigint;
begin
  update sessions set last_seen = greatest(last_seen, p_now) where id = p_session;
  select newest into v_since from topic_clock;
  if exists (select from sessions where id = p_session) then
    insert into session_subscriptions (session_id, pattern, since)
      select p_session, p.pattern, v_since from unnest(p_patterns) as p (pattern) order by p.pattern collate "C"
      on conflict do nothing;
  end if;
  return v_since;
end $$;

-- Positions only ever move forward; a session without one was seen, no more.
create function save_sessions(p_session bigint[], p_position bigint[], p_now bigint) returns void
language sql volatile ${PLANNER_SETTINGS} as $$
  update sessions s set position = greatest(s.position, t.position), last_seen = greatest(s.last_seen, p_now)
    from (
      select o.id, m.position from (
          select session, max(position) as position from unnest(p_session, p_position) as t (session, position) group by session) m
        join sessions o on o.id = m.session order by o.id for no key update of o) t
    where s.id = t.id
$$;
`;
