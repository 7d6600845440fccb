-- The rules behind views and materialized views. Their trees tell for each
-- column which column of which relation it shows.
select r.ev_class,
       r.ev_action
  from pg_catalog.pg_rewrite r
  join pg_catalog.pg_class c on c.oid = r.ev_class
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('v', 'm')
   and r.ev_type = '1'
   and r.is_instead
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
 order by r.ev_class
