import { PLANNER_SETTINGS } from './settings.js';

/** What operators see of topics and do to them. What is in a history is told in topic-reading.ts. */
export const TOPIC_OPERATING = `
-- Topics whose history holds something, in the order of their names.
create function kept_topics(p_after text, p_limit integer, p_history integer, p_now bigint)
returns table (o_topic text, o_messages bigint, o_newest_at bigint)
language sql stable ${PLANNER_SETTINGS} as $$
  select h.topic, k.messages, k.newest_at
    from topic_heads h
      cross join lateral (
        select count(*) as messages, max(m.at) as newest_at from topic_messages m
          where m.topic = h.topic and m.place > h.kept - p_history and m.expires_at > p_now) k
    where h.topic > p_after and k.messages > 0
    order by h.topic limit p_limit
$$;

/*
 * A history from its end: what lies below p_below, the newest first. Pages are bounded by bytes too, and hold one message at least.
 * o_found counts one more than p_limit where there is more.
 */
create function topic_page_below(p_topic text, p_below bigint, p_limit integer, p_bytes bigint, p_history integer, p_now bigint)
returns table (
  o_number bigint, o_message_id text, o_sender text, o_payload text, o_metadata text, o_at bigint, o_found bigint
)
language sql stable ${PLANNER_SETTINGS} as $$
  with found as (
    select number, octet_length(payload) + coalesce(octet_length(metadata), 0) as size from topic_messages
      where topic = p_topic and number < p_below and expires_at > p_now
        and place > coalesce((select kept from topic_heads where topic = p_topic), 0) - p_history
      order by number desc limit p_limit + 1
  ), fitting as (
    select number, row_number() over newest_first as nth, sum(size) over newest_first - size as bytes, count(*) over () as found
      from found window newest_first as (order by number desc)
  )
  select m.number, m.message_id, m.sender, m.payload, m.metadata, m.at, f.found
    from fitting f join topic_messages m on m.number = f.number
    where f.nth <= p_limit and (f.nth = 1 or f.bytes < p_bytes)
    order by m.number desc
$$;

/*
 * Takes from a history what it has up to p_up_to, at most p_limit in a transaction; answers how many. Readers who are behind are told
 * a gap, for the head says what is gone as soon as it is. An append to any topic may have to wait for one of these.
 */
create function purge_topic(p_topic text, p_up_to bigint, p_limit integer, p_now bigint) returns integer
language plpgsql volatile ${PLANNER_SETTINGS} as $$
declare
  v_count integer;
begin
  perform from topic_heads where topic = p_topic for no key update;
  with old as (
    select number from topic_messages where topic = p_topic and number <= p_up_to order by number limit p_limit for update
  ), gone as (
    delete from topic_messages m using old o where m.number = o.number returning m.number
  ), moved as (
    update topic_heads set gone_to = greatest(gone_to, g.number), changed_at = greatest(changed_at, p_now)
      from (select max(number) as number from gone having count(*) > 0) g where topic = p_topic
  )
  select count(*) into v_count from gone;
  return v_count;
end $$;
`;
