import { PLANNER_SETTINGS } from './settings.js';

/**
 * Topic messages and sessions. All topic messages are numbered in one order, in the order of their commits: a batch locks the one row
 * of `topic_clock` before it takes its numbers and until it is committed, so whoever reads up to n has all up to n.
 */
export const TOPICS = `
create table topic_clock (
  one boolean primary key default true check (one),
  newest bigint not null default 0
) with (fillfactor = 50);
insert into topic_clock default values;

create table topic_messages (
  number bigint primary key,
  topic text collate "C" not null,
  place bigint not null,
  message_id text not null unique,
  sender text not null,
  payload text not null,
  metadata text,
  at bigint not null,
  expires_at bigint not null
);
create index topic_messages_of on topic_messages (topic, number);
create index topic_messages_expiring on topic_messages (expires_at);
comment on column topic_messages.place is 'its place among all that its topic has kept, from 1';

create table topic_heads (
  topic text collate "C" primary key,
  newest bigint not null,
  kept bigint not null,
  gone_to bigint not null,
  changed_at bigint not null
) with (fillfactor = 60);
comment on column topic_heads.kept is 'how many messages history has taken in, those that are gone by now too';
comment on column topic_heads.gone_to is 'the newest message that history does not have: pruned, or never to be kept';

create table topic_keys (
  sender text not null,
  topic text collate "C" not null,
  key text not null,
  message_id text not null,
  recipients integer,
  at bigint not null,
  primary key (sender, topic, key)
) with (fillfactor = 80);
create index topic_keys_by_age on topic_keys (at);

/*
 * Appends a batch, answered in its order. Of what comes from somebody who was erased, and has not come again, nothing is kept. A key that its sender has used in the topic within p_key_ttl keeps the message out, and is
 * answered with the first one's id. One that expires at no time is never kept; that it was there is.
 */
create function append_topics(
  p_topic text[], p_message_id text[], p_sender text[], p_payload text[], p_metadata text[], p_at bigint[], p_expires_at bigint[],
  p_key text[], p_key_ttl bigint
) returns table (o_is_new boolean, o_message_id text, o_recipients integer, o_newest bigint)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_newest bigint;
  v_erased text[];
begin
  select newest into v_newest from topic_clock for no key update;
  v_erased := array(
    select user_id from erased_users e where user_id = any (p_sender)
      and not exists (select from users where id = e.user_id and seen and not is_erasing));
  if cardinality(v_erased) > 0 then
    select array_agg(case when sender <> all (v_erased) then expires_at end order by ord),
        array_agg(case when sender <> all (v_erased) then key end order by ord)
      into p_expires_at, p_key from unnest(p_sender, p_expires_at, p_key) with ordinality t (sender, expires_at, key, ord);
  end if;

  insert into topic_keys as k (sender, topic, key, message_id, at)
    select distinct on (t.sender, t.topic, t.key) t.sender, t.topic, t.key, t.message_id, t.at
      from unnest(p_sender, p_topic, p_key, p_message_id, p_at) with ordinality t (sender, topic, key, message_id, at, ord)
      where t.key is not null order by t.sender, t.topic, t.key, t.ord
    on conflict (sender, topic, key) do update set message_id = excluded.message_id, at = excluded.at, recipients = null
      where k.at < excluded.at - p_key_ttl;

  -- What is new gets the next numbers, in its order; what is kept also the next places of its topic.
  return query
    with sent as (
      select t.*, k.message_id as first_id, k.recipients, k.message_id is null or k.message_id = t.message_id as is_new
        from unnest(p_topic, p_message_id, p_sender, p_payload, p_metadata, p_at, p_expires_at, p_key) with ordinality
          t (topic, message_id, sender, payload, metadata, at, expires_at, key, ord)
        left join topic_keys k on k.sender = t.sender and k.topic = t.topic and k.key = t.key
    ), numbered as (
      select s.*, v_newest + count(*) filter (where s.is_new) over (order by s.ord) as number,
          count(*) filter (where s.is_new and s.expires_at is not null) over (partition by s.topic order by s.ord) as nth
        from sent s
    ), moved as (
      insert into topic_heads as h (topic, newest, kept, gone_to, changed_at)
        select n.topic, max(n.number), max(n.nth), coalesce(max(n.number) filter (where n.expires_at is null), 0), max(n.at)
          from numbered n where n.is_new group by n.topic order by n.topic
        on conflict (topic) do update set newest = excluded.newest, kept = h.kept + excluded.kept,
          gone_to = greatest(h.gone_to, excluded.gone_to), changed_at = greatest(h.changed_at, excluded.changed_at)
        returning h.topic, h.kept
    ), kept as (
      insert into topic_messages (number, topic, place, message_id, sender, payload, metadata, at, expires_at)
        select n.number, n.topic, m.kept - max(n.nth) over (partition by n.topic) + n.nth, n.message_id, n.sender, n.payload,
            n.metadata, n.at, n.expires_at
          from numbered n join moved m on m.topic = n.topic where n.is_new and n.expires_at is not null
    ), ticked as (
      update topic_clock set newest = (select max(number) from numbered)
    )
    select n.is_new, coalesce(n.first_id, n.message_id), n.recipients, max(n.number) over () from numbered n order by n.ord;
end $$;

-- Of the message that a key stands for; one that has given the key up meanwhile is passed over.
create function note_recipients(p_sender text[], p_topic text[], p_key text[], p_message_id text[], p_recipients integer[])
returns void
language sql volatile ${PLANNER_SETTINGS} as $$
  update topic_keys k set recipients = n.recipients
    from unnest(p_sender, p_topic, p_key, p_message_id, p_recipients) n (sender, topic, key, message_id, recipients)
    where k.sender = n.sender and k.topic = n.topic and k.key = n.key and k.message_id = n.message_id
$$;
`;
