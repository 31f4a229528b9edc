import { PLANNER_SETTINGS } from './settings.js';

/**
 * Pruning, a small batch in each transaction. All of it passes over rows that somebody has locked, a later pass finds them again;
 * so it waits for nobody, several servers may prune at once, and an append waits for one batch at most.
 *
 * A topic's head is locked before its messages go, so that what is gone stands in the head as soon as it is gone.
 */
export const TOPIC_PRUNING = `
create function prune_expired_topics(p_now bigint, p_limit integer) returns integer
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_numbers bigint[];
  v_topics text[];
  v_count integer;
begin
  select array_agg(number), array_agg(distinct topic) into v_numbers, v_topics from (
    select number, topic from topic_messages where expires_at <= p_now order by expires_at limit p_limit for update skip locked) m;
  select array_agg(topic) into v_topics from (
    select topic from topic_heads where topic = any (v_topics) order by topic for no key update skip locked) h;
  with gone as (
    delete from topic_messages where number = any (v_numbers) and topic = any (v_topics) returning topic, number
  ), moved as (
    update topic_heads h set gone_to = greatest(h.gone_to, g.number), changed_at = greatest(h.changed_at, p_now)
      from (select topic, max(number) as number from gone group by topic) g where h.topic = g.topic
  )
  select count(*) into v_count from gone;
  return v_count;
end $$;

-- Answers for each of the topics that were over their count how many messages went, at most p_limit; none where it was locked.
create function prune_overfull_topics(p_topics text[], p_history integer, p_limit integer, p_now bigint)
returns table (o_topic text, o_gone bigint)
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_over text[];
  v_topics text[];
begin
  select array_agg(h.topic) into v_over from topic_heads h
    where h.topic = any (p_topics)
      and h.kept - p_history >= (select m.place from topic_messages m where m.topic = h.topic order by m.number limit 1);
  select array_agg(topic) into v_topics from (
    select topic from topic_heads where topic = any (v_over) order by topic for no key update skip locked) h;
  return query
    with over as (
      select m.number from topic_heads h
        cross join lateral (select place from topic_messages where topic = h.topic order by number limit 1) f
        cross join lateral (
          select number, place from topic_messages where topic = h.topic
            order by number limit greatest(least(p_limit, h.kept - p_history - f.place + 1), 0)
            for update skip locked) m
        where h.topic = any (v_topics) and m.place <= h.kept - p_history
    ), gone as (
      delete from topic_messages m using over where m.number = over.number returning m.topic, m.number
    ), counted as (
      select topic, max(number) as number, count(*) as count from gone group by topic
    ), moved as (
      update topic_heads h set gone_to = greatest(h.gone_to, c.number), changed_at = greatest(h.changed_at, p_now)
        from counted c where h.topic = c.topic
    )
    select t.topic, coalesce(c.count, 0) from unnest(v_over) as t (topic) left join counted c on c.topic = t.topic;
end $$;

create function prune_topic_keys(p_before bigint, p_limit integer) returns integer
language sql volatile ${PLANNER_SETTINGS} as $$
  with old as (
    select sender, topic, key from topic_keys where at < p_before order by at limit p_limit for update skip locked
  ), gone as (
    delete from topic_keys k using old o where k.sender = o.sender and k.topic = o.topic and k.key = o.key returning 1
  )
  select count(*)::integer from gone
$$;

/*
 * Heads and sessions have no index by age: every append and every ping would have to keep it. They are looked through slice by
 * slice; the answer is where the next slice begins, null at the end.
 */
create function prune_topic_heads(p_after text, p_before bigint, p_limit integer) returns text
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_slice text[] := array(select topic from topic_heads where topic > p_after order by topic limit p_limit);
begin
  delete from topic_heads where topic in (
    select h.topic from topic_heads h
      where h.topic = any (v_slice) and h.changed_at < p_before
        and not exists (select from topic_messages m where m.topic = h.topic)
      order by h.topic for update skip locked);
  return v_slice[p_limit];
end $$;

create function prune_sessions(p_after bigint, p_before bigint, p_limit integer) returns bigint
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_slice bigint[] := array(select id from sessions where id > p_after order by id limit p_limit);
begin
  delete from sessions where id in (
    select id from sessions where id = any (v_slice) and last_seen < p_before order by id for update skip locked);
  return v_slice[p_limit];
end $$;
`;
