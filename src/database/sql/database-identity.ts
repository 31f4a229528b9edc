/** By what servers know whether they have the same database, wherever it is moved to. */
export const DATABASE_IDENTITY = `
create table database_identity (
  one boolean primary key default true check (one),
  id uuid not null default gen_random_uuid()
);
comment on table database_identity is 'one row, made with the schema: servers hear each other over NATS where it is the same';

insert into database_identity default values;
`;
