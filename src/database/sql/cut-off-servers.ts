/** Servers that are away from their bus, or from some of the others: what they commit they can't tell those, and say so here. */
export const CUT_OFF_SERVERS = `
create table cut_off_servers (
  server text primary key,
  missed text[] not null,
  at bigint not null
);
comment on table cut_off_servers is 'one row for each server that is away from its bus, or misses others, written anew every 2 s until it is back';
comment on column cut_off_servers.missed is 'the servers that it does not hear, though it is not away itself; empty: it is away from all';
comment on column cut_off_servers.at is 'ms since the epoch, by the clock of the database';

/* What is left of a server that died so is forgotten with the next that is cut off. */
create function note_cut_off(p_server text, p_missed text[]) returns void
language plpgsql as $$
declare
  v_now bigint := floor(extract(epoch from clock_timestamp()) * 1000);
begin
  delete from cut_off_servers where at < v_now - 60000;
  insert into cut_off_servers values (p_server, p_missed, v_now)
    on conflict (server) do update set missed = excluded.missed, at = excluded.at;
end $$;

/*
 * The servers other than p_server that are cut off from it, [{"server", "agoMs"}]: how long ago each has said so. One that has died so is among
 * them until what it had under way has come to its end.
 */
create function others_cut_off(p_server text) returns jsonb
language sql stable as $$
  with said as (
    select server, missed, floor(extract(epoch from clock_timestamp()) * 1000)::bigint - at as ago from cut_off_servers)
  select coalesce(jsonb_agg(jsonb_build_object('server', server, 'agoMs', ago) order by server), '[]')
    from said where server <> p_server and ago < 10000 and (missed = '{}' or p_server = any(missed))
$$;
`;
