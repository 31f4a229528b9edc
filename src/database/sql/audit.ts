/**
 * What operators do. A row is there before its deed begins, without an outcome; so what a killed server had under way stands there
 * too. A key keeps a repetition out while the first is under way, and when it was done; one that failed may be tried again.
 */
export const AUDIT = `
create table audit (
  id bigint generated always as identity primary key,
  at bigint not null,
  actor text not null,
  action text not null,
  subject text not null,
  address text not null,
  details text not null,
  idempotency_key text,
  outcome text,
  answer text
);
create index audit_of_actor on audit (actor, id);
create index audit_of_subject on audit (subject, id);
create unique index audit_keys on audit (actor, action, idempotency_key)
  where idempotency_key is not null and (outcome is null or outcome = 'done');
comment on column audit.details is 'a JSON object';
comment on column audit.outcome is 'done, or the code of the error that it ended with; null: under way, or nobody knows';
comment on column audit.answer is 'JSON, what a repetition with the same key is answered';

/*
 * A new row, or the one that has the key already. One that has been without an outcome since before p_abandoned gives its key up:
 * the server that had it under way is dead, and the deed is done again.
 */
create function begin_deed(
  p_at bigint, p_actor text, p_action text, p_subject text, p_address text, p_details text, p_key text, p_abandoned bigint
) returns table (o_id bigint, o_is_new boolean, o_subject text, o_details text, o_outcome text, o_answer text)
language plpgsql volatile as $$
begin
  if p_key is not null then
    update audit set idempotency_key = null
      where actor = p_actor and action = p_action and idempotency_key = p_key and outcome is null and at < p_abandoned;
  end if;
  loop
    return query
      insert into audit as a (at, actor, action, subject, address, details, idempotency_key)
        values (p_at, p_actor, p_action, p_subject, p_address, p_details, p_key)
        on conflict do nothing
        returning a.id, true, a.subject, a.details, a.outcome, a.answer;
    exit when found;
    return query
      select a.id, false, a.subject, a.details, a.outcome, a.answer from audit a
        where a.actor = p_actor and a.action = p_action and a.idempotency_key = p_key and (a.outcome is null or a.outcome = 'done');
    -- It may have failed between the two, and has given its key up by that.
    exit when found;
  end loop;
end $$;
`;
