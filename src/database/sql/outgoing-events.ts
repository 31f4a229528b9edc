/**
 * Events for other services. What becomes of a chat is noted in the transaction that commits it, as a range of its changes, and so is
 * that a user joined: whatever was confirmed is told, also where the server dies the moment after. Servers that have somebody to tell
 * open the outbox and say so in their sessions (`parlance.outbox`). Until then the triggers are off, for even one whose condition is
 * false costs a send some 2 percent of the database's time.
 *
 * Notes become events as soon as somebody looks; an event stays until it was delivered, or given up.
 */
export const OUTGOING_EVENTS = `
create table outbox (
  id bigint generated always as identity primary key,
  chat_id bigint,
  from_change bigint,
  to_change bigint,
  from_number bigint,
  to_number bigint,
  user_id text,
  at bigint not null
);
comment on table outbox is 'what has happened and was not made into events yet: of one chat in the order in which it was committed';
comment on column outbox.from_change is 'the changes behind it, up to to_change; numbers of messages likewise';

create table outgoing_events (
  id text not null primary key,
  seq bigint generated always as identity unique,
  subject text not null,
  type text not null,
  at bigint not null,
  data text not null,
  attempts integer not null default 0,
  next_at bigint not null default 0,
  leased_until bigint not null default 0,
  last_error text,
  dead_at bigint
) with (fillfactor = 70);
create index outgoing_events_due on outgoing_events (next_at, seq) where dead_at is null;
create index outgoing_events_leased on outgoing_events (subject) where leased_until > 0;
create index outgoing_events_dead on outgoing_events (dead_at) where dead_at is not null;
comment on column outgoing_events.subject is 'what it is about, a chat or a user: the order of those of one subject is kept';
comment on column outgoing_events.next_at is 'when it is due; 0 until it has failed, so that new ones go before';
comment on column outgoing_events.leased_until is 'until then one server is delivering it; 0 where none is';
comment on column outgoing_events.dead_at is 'when it was given up: a dead letter';

create function note_in_outbox() returns trigger
language plpgsql volatile as $$
declare
  v_now bigint := floor(extract(epoch from clock_timestamp()) * 1000);
begin
  if tg_table_name = 'users' then
    insert into outbox (user_id, at) values (new.id, v_now);
  elsif tg_op = 'INSERT' then
    insert into outbox (chat_id, from_change, to_change, from_number, to_number, at)
      values (new.chat_id, 0, new.newest_change, 0, new.newest_number, v_now);
  else
    insert into outbox (chat_id, from_change, to_change, from_number, to_number, at)
      values (new.chat_id, old.newest_change, new.newest_change, old.newest_number, new.newest_number, v_now);
  end if;
  return null;
end $$;

create trigger heads_made after insert on heads for each row
  when (current_setting('parlance.outbox', true) = 'on' and new.newest_change > 0) execute function note_in_outbox();
create trigger heads_moved after update of newest_change on heads for each row
  when (current_setting('parlance.outbox', true) = 'on' and new.newest_change > old.newest_change) execute function note_in_outbox();
create trigger users_made after insert on users for each row
  when (current_setting('parlance.outbox', true) = 'on' and new.seen) execute function note_in_outbox();
create trigger users_seen after update of seen on users for each row
  when (current_setting('parlance.outbox', true) = 'on' and new.seen and not old.seen) execute function note_in_outbox();

alter table heads disable trigger heads_made, disable trigger heads_moved;
alter table users disable trigger users_made, disable trigger users_seen;

-- Whoever has somebody to tell, before it begins. Waits for what is being written; where it was open already it does nothing.
create function open_outbox() returns void
language plpgsql volatile as $$
begin
  if exists (select from pg_trigger where tgname in ('heads_made', 'heads_moved', 'users_made', 'users_seen') and tgenabled = 'D') then
    alter table heads enable trigger heads_made, enable trigger heads_moved;
    alter table users enable trigger users_made, enable trigger users_seen;
  end if;
end $$;

/*
 * The oldest events that are due, for whoever calls to deliver until p_until. While some of a subject are being delivered the later ones
 * wait, whichever server has them; those that failed before are passed by. One server at a time takes.
 */
create function take_outgoing_events(p_now bigint, p_until bigint, p_limit integer) returns setof outgoing_events
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(7031972);
  return query
    update outgoing_events e set leased_until = p_until
      from (
        select id from outgoing_events due
          where dead_at is null and next_at <= p_now and leased_until <= p_now
            and not exists (
              select from outgoing_events o where o.leased_until > 0 and o.leased_until > p_now and o.subject = due.subject)
          order by next_at, seq limit p_limit) taken
      where e.id = taken.id
      returning e.*;
end $$;
`;
