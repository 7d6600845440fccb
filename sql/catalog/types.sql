-- Types that a column, parameter or result may have; row types of the system's
-- own relations are left out.
select t.oid,
       n.nspname,
       t.typname,
       format_type(t.oid, null),
       t.typtype,
       t.typcategory,
       t.typbasetype,
       case when t.typsubscript = 'array_subscript_handler'::regproc
            then t.typelem else 0 end,
       t.typrelid,
       case when t.typtype = 'e' then
         (select json_agg(e.enumlabel order by e.enumsortorder)
            from pg_catalog.pg_enum e
           where e.enumtypid = t.oid)
       end
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
 where t.typrelid = 0
    or n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
