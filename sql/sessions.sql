-- The table for `session_table trestle.sessions` of trestle_database. Once, with
-- the role that nginx logs in with:
--
--   psql -d shop -v login=web -f sessions.sql
--
-- No visitor's role needs rights here. A session is over when its row is gone:
--
--   delete from trestle.sessions where claims ->> 'user_id' = '7';

create schema if not exists trestle;

create table if not exists trestle.sessions (
  id bytea primary key,  -- the SHA-256 of what the cookie holds
  claims jsonb not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index if not exists sessions_expires_at
  on trestle.sessions (expires_at);

revoke all on trestle.sessions from public;
grant usage on schema trestle to :"login";
grant select, insert, update, delete on trestle.sessions to :"login";
