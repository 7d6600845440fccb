-- Tables, views, materialized views, foreign and partitioned tables of users.
-- The bits of pg_relation_is_updatable: 4 update, 8 insert, 16 delete; of
-- tgtype: 2 before, 16 update.
select c.oid,
       c.reltype,
       n.nspname,
       c.relname,
       c.relkind,
       c.relispartition,
       case when c.relkind in ('r', 'p') then 28
            when c.relkind = 'm' then 0
            else pg_catalog.pg_relation_is_updatable(c.oid, true) end,
       c.relrowsecurity,
       obj_description(c.oid, 'pg_class'),
       exists (select 1
                 from pg_catalog.pg_trigger t
                where t.tgrelid = c.oid
                  and not t.tgisinternal
                  and t.tgtype & 18 = 18)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f')
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
 order by c.oid
