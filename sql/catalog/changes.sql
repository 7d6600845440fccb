-- How often the catalogs have changed, as PostgreSQL counts: first those that
-- decide what a statement can reach (functions, policies, views and rules,
-- triggers, defaults, operators, casts and publications), then the rest, which temporary tables
-- change as well: fingerprint.sql tells them apart. Read before all others, so
-- that what is changed meanwhile shows in the next count. The third column is the
-- end of the snapshot that all of them see.
select coalesce(pg_catalog.sum(k.changes) filter (where k.decides), 0)::bigint,
       coalesce(pg_catalog.sum(k.changes) filter (where not k.decides), 0)::bigint,
       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
  from (select pg_catalog.pg_stat_get_tuples_inserted(c.oid)
               + pg_catalog.pg_stat_get_tuples_updated(c.oid)
               + pg_catalog.pg_stat_get_tuples_deleted(c.oid) as changes,
               c.relname in ('pg_proc', 'pg_policy', 'pg_rewrite', 'pg_trigger',
                             'pg_attrdef', 'pg_operator', 'pg_cast',
                             'pg_publication', 'pg_publication_rel',
                             'pg_publication_namespace') as decides
          from pg_catalog.pg_class c
         where c.relnamespace = 'pg_catalog'::regnamespace
           and c.relname in ('pg_proc', 'pg_policy', 'pg_rewrite', 'pg_trigger',
                             'pg_attrdef', 'pg_operator', 'pg_cast',
                             'pg_publication', 'pg_publication_rel',
                             'pg_publication_namespace', 'pg_class', 'pg_attribute', 'pg_constraint',
                             'pg_type', 'pg_enum', 'pg_index', 'pg_inherits',
                             'pg_statistic_ext', 'pg_description',
                             'pg_namespace', 'pg_authid', 'pg_auth_members',
                             'pg_db_role_setting')) k
