-- Schemas of users, with their comments.
select n.nspname, obj_description(n.oid, 'pg_namespace'), n.oid
  from pg_catalog.pg_namespace n
 where n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
