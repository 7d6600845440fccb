-- What Trestle installs in a database, once, as a superuser:
--
--   psql -d shop -f trestle.sql
--
-- It may be run again at any time. Only live locations need it: the publication
-- names the tables whose changes the feed tells of, and trestle.push() sends to
-- the channels. The feed's user needs the attribute REPLICATION.

create schema if not exists trestle;
grant usage on schema trestle to public;

-- Sends `data` to all who have joined the channel `topic`, when the transaction
-- commits; nothing when it rolls back. From anywhere: triggers, functions
-- called over HTTP, psql, cron. Needs a feed in nginx's trestle_database.
create or replace function trestle.push(topic text, data jsonb) returns void
language plpgsql as $$
begin
  if topic is null or pg_catalog.octet_length(topic) not between 1 and 255
     or topic ~ '[\x01-\x1f\x7f]' then
    raise exception 'a topic has 1 to 255 bytes and no control characters'
      using errcode = 'invalid_parameter_value';
  end if;
  perform pg_catalog.pg_logical_emit_message(
    true, 'trestle:' || topic, coalesce(data, 'null')::text);
end $$;

-- The changes of all tables. To tell of some alone, drop it and create another:
--   create publication trestle for table orders, products;
do $$
begin
  if not exists (select from pg_publication where pubname = 'trestle') then
    create publication trestle for all tables
      with (publish_via_partition_root = true);
  end if;
end $$;
