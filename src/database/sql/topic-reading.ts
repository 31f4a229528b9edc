import { PLANNER_SETTINGS } from './settings.js';

/**
 * Reading topics' histories. A message is in its topic's history while its place is above the topic's floor (what the count leaves
 * out lies at or below it) and it has not expired; the pruner only makes room.
 *
 * Pages are bounded by bytes too, as one client can ask for hundreds of large messages; at least one message is in each.
 */
export const TOPIC_READING = `
-- First a row that says how the page ends; no row at all where an id names no message of the history.
create function topic_page(
  p_topic text, p_before text, p_after text, p_since bigint, p_limit integer, p_bytes bigint, p_history integer, p_now bigint
) returns table (o_number bigint, o_message_id text, o_sender text, o_payload text, o_metadata text, o_at bigint, o_has_more boolean)
language plpgsql stable ${PLANNER_SETTINGS} as $$
declare
  v_floor bigint := coalesce((select kept from topic_heads where topic = p_topic), 0) - p_history;
  v_before bigint := ${Number.MAX_SAFE_INTEGER};
  v_after bigint := 0;
  v_since bigint := coalesce(p_since, 0);
  v_is_forward boolean := p_before is null and (p_after is not null or p_since is not null);
  v_numbers bigint[];
  v_has_more boolean;
begin
  if p_before is not null then
    select number into v_before from topic_messages
      where message_id = p_before and topic = p_topic and place > v_floor and expires_at > p_now;
    if not found then
      return;
    end if;
  end if;
  if p_after is not null then
    select number into v_after from topic_messages
      where message_id = p_after and topic = p_topic and place > v_floor and expires_at > p_now;
    if not found then
      return;
    end if;
  end if;

  with found as (
    (select number, octet_length(payload) + coalesce(octet_length(metadata), 0) as size, number as distance from topic_messages
      where v_is_forward and topic = p_topic and number > v_after and place > v_floor and expires_at > p_now and at >= v_since
      order by number limit p_limit + 1)
    union all
    (select number, octet_length(payload) + coalesce(octet_length(metadata), 0), -number from topic_messages
      where not v_is_forward and topic = p_topic and number > v_after and number < v_before and place > v_floor
        and expires_at > p_now and at >= v_since
      order by number desc limit p_limit + 1)
  ), fitting as (
    select number, row_number() over (order by distance) <= p_limit
        and sum(size) over (order by distance) - size < p_bytes as fits
      from found
  )
  select coalesce(array_agg(number) filter (where fits), '{}'), coalesce(bool_or(not fits), false) into v_numbers, v_has_more
    from fitting;

  o_has_more := v_has_more;
  return next;
  return query select m.number, m.message_id, m.sender, m.payload, m.metadata, m.at, null::boolean
    from topic_messages m where m.number = any (v_numbers) order by m.number;
end $$;

/*
 * The topics that have had messages above both p_above and a matching subscription's beginning. A subscription is a range of names
 * and, where its pattern has wildcards, an expression that the names must match.
 */
create function topics_above(
  p_low text[], p_high text[], p_expression text[], p_since bigint[], p_above bigint, p_history integer, p_now bigint
) returns table (o_topic text, o_start bigint, o_floor bigint, o_has_gap boolean)
language sql stable ${PLANNER_SETTINGS} as $$
  with matching as materialized (
    select h.topic, greatest(p_above, min(s.since)) as start, min(h.kept) - p_history as floor, min(h.gone_to) as gone_to
      from unnest(p_low, p_high, p_expression, p_since) as s (low, high, expression, since)
      join topic_heads h on h.topic between s.low and s.high and (s.expression is null or h.topic ~ s.expression)
      where h.newest > greatest(p_above, s.since)
      group by h.topic
  ), expired as materialized (
    -- Few: what the pruner has not come to yet.
    select topic, max(number) as number from topic_messages where expires_at <= p_now group by topic
  )
  select t.topic, t.start, t.floor,
      t.gone_to > t.start or coalesce(e.number > t.start, false)
      or t.floor > 0 and coalesce(t.floor >= (
        select m.place from topic_messages m where m.topic = t.topic and m.number > t.start order by m.number limit 1), false)
    from matching t left join expired e on e.topic = t.topic
    order by t.topic
$$;

-- First a row that says how far the page goes.
create function topic_missed(
  p_low text[], p_high text[], p_expression text[], p_since bigint[], p_above bigint, p_limit integer, p_bytes bigint,
  p_history integer, p_now bigint
) returns table (
  o_number bigint, o_topic text, o_message_id text, o_sender text, o_payload text, o_metadata text, o_at bigint,
  o_more boolean, o_gap text[]
)
language plpgsql stable ${PLANNER_SETTINGS} as $$
declare
  v_newest bigint := (select newest from topic_clock);
  v_until bigint := v_newest;
  v_from bigint := p_above;
  v_topics text[];
  v_starts bigint[];
  v_floors bigint[];
  v_numbers bigint[];
begin
  select coalesce(array_agg(t.o_topic), '{}'), array_agg(t.o_start), array_agg(t.o_floor),
      coalesce(array_agg(t.o_topic) filter (where t.o_has_gap), '{}')
    into v_topics, v_starts, v_floors, o_gap
    from topics_above(p_low, p_high, p_expression, p_since, p_above, p_history, p_now) t;

  -- A few topics are read one by one, each from its own place. Of many, a stretch of the numbers is.
  if cardinality(v_topics) > 256 then
    v_from := greatest(p_above, (select number from topic_messages order by number limit 1) - 1);
    v_until := least(v_newest, v_from + 10 * p_limit);
  end if;
  with found as (
    select m.number, m.size from unnest(v_topics, v_starts, v_floors) as t (topic, start, floor)
      cross join lateral (
        select number, octet_length(payload) + coalesce(octet_length(metadata), 0) as size from topic_messages
          where topic = t.topic and number > greatest(t.start, v_from) and number <= v_until
            and place > t.floor and expires_at > p_now
          order by number limit p_limit + 1) m
      order by m.number limit p_limit + 1
  ), fitting as (
    select number, row_number() over (order by number) <= p_limit and sum(size) over (order by number) - size < p_bytes as fits
      from found
  )
  select coalesce(array_agg(number order by number) filter (where fits), '{}'), coalesce(bool_or(not fits), false)
    into v_numbers, o_more
    from fitting;

  o_number := case when o_more then v_numbers[cardinality(v_numbers)] else greatest(v_until, p_above) end;
  o_more := o_more or v_until < v_newest;
  return next;
  return query select m.number, m.topic::text, m.message_id, m.sender, m.payload, m.metadata, m.at, null::boolean, null::text[]
    from topic_messages m where m.number = any (v_numbers) order by m.number;
end $$;
`;
