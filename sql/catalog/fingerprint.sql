-- One number for what tables, columns, constraints, types, functions, operators,
-- casts, views and roles are, that a change of any of them changes; temporary tables have no part in it. A row's
-- xmin stands for its content where nothing but DDL writes it.
select coalesce(pg_catalog.sum(p.hash), 0)::text
  from (select pg_catalog.hashtextextended(pg_catalog.concat_ws(' ',
                 c.oid, c.relname, c.relnamespace, c.relkind, c.relrowsecurity,
                 c.relforcerowsecurity, c.relacl), 1) as hash
          from pg_catalog.pg_class c
         where c.relkind in ('r', 'p', 'v', 'm', 'f')
           and c.relpersistence <> 't'
           and c.oid >= 16384
        union all
        select pg_catalog.hashint8extended(
                 a.attrelid::bigint * 65536 + a.attnum, a.xmin::text::bigint)
          from pg_catalog.pg_attribute a
          join pg_catalog.pg_class c on c.oid = a.attrelid
         where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
           and c.relpersistence <> 't'
           and c.oid >= 16384
           and a.attnum > 0
        union all
        select pg_catalog.hashint8extended(k.oid::bigint, k.xmin::text::bigint)
          from pg_catalog.pg_constraint k
          left join pg_catalog.pg_class c on c.oid = k.conrelid
         where k.oid >= 16384
           and c.relpersistence is distinct from 't'
        union all
        select pg_catalog.hashint8extended(t.oid::bigint, t.xmin::text::bigint)
          from pg_catalog.pg_type t
          left join pg_catalog.pg_class c on c.oid = t.typrelid
         where t.oid >= 16384
           and t.typelem = 0  -- arrays come and go with their elements
           and c.relpersistence is distinct from 't'
        union all
        select pg_catalog.hashint8extended(e.oid::bigint, e.xmin::text::bigint)
          from pg_catalog.pg_enum e
        union all
        select pg_catalog.hashint8extended(f.oid::bigint, f.xmin::text::bigint)
          from pg_catalog.pg_proc f
         where f.oid >= 16384
        union all
        select pg_catalog.hashint8extended(o.oid::bigint, o.xmin::text::bigint)
          from pg_catalog.pg_operator o
         where o.oid >= 16384
        union all
        select pg_catalog.hashint8extended(a.oid::bigint, a.xmin::text::bigint)
          from pg_catalog.pg_cast a
         where a.oid >= 16384
        union all
        select pg_catalog.hashint8extended(w.oid::bigint, w.xmin::text::bigint)
          from pg_catalog.pg_rewrite w
          join pg_catalog.pg_class c on c.oid = w.ev_class
         where w.oid >= 16384
           and c.relpersistence <> 't'
        union all
        select pg_catalog.hashint8extended(
                 i.indexrelid::bigint, i.indrelid::bigint)
          from pg_catalog.pg_index i
          join pg_catalog.pg_class c on c.oid = i.indrelid
         where (i.indexprs is not null or i.indpred is not null)
           and c.relpersistence <> 't'
        union all
        select pg_catalog.hashint8extended(
                 i.inhrelid::bigint, i.inhparent::bigint)
          from pg_catalog.pg_inherits i
          join pg_catalog.pg_class c on c.oid = i.inhrelid
         where c.relpersistence <> 't'
        union all
        select pg_catalog.hashint8extended(s.oid::bigint, s.xmin::text::bigint)
          from pg_catalog.pg_statistic_ext s
        union all
        select pg_catalog.hashint8extended(
                 d.objoid::bigint * 65536 + d.objsubid, d.xmin::text::bigint)
          from pg_catalog.pg_description d
         where d.objoid >= 16384
        union all
        select pg_catalog.hashint8extended(n.oid::bigint, n.xmin::text::bigint)
          from pg_catalog.pg_namespace n
         where n.nspname !~ '^pg_(toast_)?temp_'
        union all
        select pg_catalog.hashtextextended(pg_catalog.concat_ws(' ',
                 r.oid, r.rolname, r.rolsuper, r.rolbypassrls), 2)
          from pg_catalog.pg_roles r
        union all
        select pg_catalog.hashint8extended(
                 m.roleid::bigint, m.member::bigint)
          from pg_catalog.pg_auth_members m
        union all
        select pg_catalog.hashint8extended(
                 s.setrole::bigint, s.xmin::text::bigint)
          from pg_catalog.pg_db_role_setting s) p
