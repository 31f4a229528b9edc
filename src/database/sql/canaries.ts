/** What servers write to see whether they can. */
export const CANARIES = `
create table canaries (
  server text primary key,
  at bigint not null
);
comment on table canaries is 'one row for each server, written anew while somebody asks whether it is ready';
comment on column canaries.at is 'ms since the epoch';
`;
