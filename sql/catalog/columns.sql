-- Columns of the relations of relations.sql. A column over a domain without a
-- default of its own has the domain's.
select a.attrelid,
       a.attnum,
       a.attname,
       a.atttypid,
       format_type(a.atttypid, a.atttypmod),
       format_type(a.atttypid, null),
       a.attnotnull or (t.typtype = 'd' and t.typnotnull),
       a.attidentity,
       a.attgenerated,
       case when a.attgenerated <> '' then null
            when d.adbin is not null
              then pg_catalog.pg_get_expr(d.adbin, d.adrelid)
            when a.attidentity = 'd'
              then (select format('nextval(%L)',
                                  format('%I.%I', sn.nspname, s.relname))
                      from pg_catalog.pg_depend x
                      join pg_catalog.pg_class s on s.oid = x.objid
                      join pg_catalog.pg_namespace sn
                        on sn.oid = s.relnamespace
                     where x.classid = 'pg_class'::regclass
                       and x.refclassid = 'pg_class'::regclass
                       and x.refobjid = a.attrelid
                       and x.refobjsubid = a.attnum
                       and x.deptype = 'i'
                       and s.relkind = 'S')
            when t.typtype = 'd'
              then pg_catalog.pg_get_expr(t.typdefaultbin, 0) end,
       case when a.atttypid in (1042, 1043) and a.atttypmod > 4
              then a.atttypmod - 4
            when t.typbasetype in (1042, 1043) and t.typtypmod > 4
              then t.typtypmod - 4 end,
       col_description(a.attrelid, a.attnum)
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d
    on d.adrelid = a.attrelid and d.adnum = a.attnum
 where c.relkind in ('r', 'p', 'v', 'm', 'f')
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
   and a.attnum > 0
   and not a.attisdropped
 order by a.attrelid, a.attnum
