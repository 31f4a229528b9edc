import { PLANNER_SETTINGS } from './settings.js';

/**
 * Who is to be told nothing any more: users whose tokens are revoked, who are banned or erased, and members who are out of a chat.
 * Whoever does such a thing tells the servers; one that cannot be told finds it here. The times are the database's, whose clock is one.
 */
export const REFUSALS = `
create function note_refusal() returns trigger
language plpgsql as $$
begin
  new.refused_at := floor(extract(epoch from clock_timestamp()) * 1000);
  return new;
end $$;

create trigger users_refused before update of token_version, tokens_revoked_at, banned_at, banned_until, is_erasing on users
  for each row when ((new.token_version, new.tokens_revoked_at, new.banned_at, new.banned_until, new.is_erasing)
    is distinct from (old.token_version, old.tokens_revoked_at, old.banned_at, old.banned_until, old.is_erasing))
  execute function note_refusal();
create trigger erased_users_refused before insert or update on erased_users for each row execute function note_refusal();

create function note_leaving() returns trigger
language plpgsql as $$
begin
  new.left_at := floor(extract(epoch from clock_timestamp()) * 1000);
  return new;
end $$;

create trigger members_left before update of left_change on members
  for each row when (new.left_change is not null and old.left_change is null) execute function note_leaving();

/*
 * What was refused after p_since, the first p_limit of it, as it is now: a ban may have been lifted. The first row is the clock.
 * o_chat: the user is out of it, and may be in it again.
 */
create function refusals_since(p_since bigint, p_limit integer)
returns table (o_at bigint, o_user text, o_version integer, o_issued_up_to bigint, o_banned boolean, o_banned_until bigint, o_chat bigint)
language plpgsql stable ${PLANNER_SETTINGS} as $$
declare
  v_now bigint := floor(extract(epoch from clock_timestamp()) * 1000);
begin
  o_at := v_now;
  return next;
  return query select * from (
      (select refused_at, id, token_version, tokens_revoked_at, is_banned(users, v_now), banned_until, null::bigint
        from users where refused_at > p_since order by refused_at limit p_limit)
      union all
      (select refused_at, user_id, token_version, erased_at, false, null::bigint, null::bigint
        from erased_users where refused_at > p_since order by refused_at limit p_limit)
      union all
      (select left_at, user_id, null::integer, null::bigint, null::boolean, null::bigint, chat_id
        from members where left_at > p_since order by left_at limit p_limit)) r
    order by 1 limit p_limit;
end $$;
`;
