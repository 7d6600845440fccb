-- How often the catalogs have changed that decide what a statement can reach:
-- functions, policies, views and rules, triggers, defaults, operators and casts.
-- Tables are not among them, since temporary ones come and go. Read before the
-- rest, so that what is changed meanwhile shows in the next count.
select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid)
                    + pg_catalog.pg_stat_get_tuples_updated(c.oid)
                    + pg_catalog.pg_stat_get_tuples_deleted(c.oid)), 0)::bigint
from pg_catalog.pg_class c
where c.oid = any (array[
  'pg_catalog.pg_proc', 'pg_catalog.pg_policy', 'pg_catalog.pg_rewrite',
  'pg_catalog.pg_trigger', 'pg_catalog.pg_attrdef', 'pg_catalog.pg_operator',
  'pg_catalog.pg_cast']::regclass[])
