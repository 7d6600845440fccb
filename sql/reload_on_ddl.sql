-- Has Trestle read its catalog anew after every change of the schema, without
-- anybody's NOTIFY. Once, as a superuser, in each database that wants it:
--
--   psql -d shop -f reload_on_ddl.sql
--
-- It may be run again at any time. To be rid of it:
--   drop event trigger trestle_ddl, trestle_drop;

create schema if not exists trestle;
grant usage on schema trestle to public;

-- Who keeps answers (trestle_cache) hears of it in the order of the changes.
-- Without wal_level = logical there is nobody.
create or replace function trestle.tell_feed() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('wal_level') = 'logical' then
    perform pg_logical_emit_message(true, 'trestle.schema', '');
  end if;
end $$;

-- Temporary tables are nobody's API. What is notified twice in a transaction is
-- sent once, and when it commits.
create or replace function trestle.on_ddl() returns event_trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from pg_event_trigger_ddl_commands()
             where schema_name is distinct from 'pg_temp') then
    notify trestle, 'reload schema';
    perform trestle.tell_feed();
  end if;
end $$;

create or replace function trestle.on_drop() returns event_trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from pg_event_trigger_dropped_objects()
             where not is_temporary) then
    notify trestle, 'reload schema';
    perform trestle.tell_feed();
  end if;
end $$;

drop event trigger if exists trestle_ddl;
create event trigger trestle_ddl on ddl_command_end
  execute function trestle.on_ddl();

drop event trigger if exists trestle_drop;
create event trigger trestle_drop on sql_drop
  execute function trestle.on_drop();
