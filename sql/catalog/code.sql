-- What code hangs on tables, views and domains, as trees of expressions, and
-- what a change of a table goes on to. Columns: kind, the table (or domain),
-- another object, tree.
select 'policy', p.polrelid, 0::oid, concat(p.polqual, ' ', p.polwithcheck)
  from pg_catalog.pg_policy p
union all
select case when a.attgenerated = '' then 'default' else 'generated' end,
       d.adrelid, 0, d.adbin::text
  from pg_catalog.pg_attrdef d
  join pg_catalog.pg_attribute a
    on a.attrelid = d.adrelid and a.attnum = d.adnum
union all
select 'sequence', a.attrelid, 0, null
  from pg_catalog.pg_attribute a
 where a.attidentity <> ''
union all
select case when k.conrelid <> 0 then 'check' else 'domain' end,
       case when k.conrelid <> 0 then k.conrelid else k.contypid end,
       0, k.conbin::text
  from pg_catalog.pg_constraint k
 where k.contype = 'c'
   and k.oid >= 16384
union all
select 'domain', t.oid, 0, t.typdefaultbin::text
  from pg_catalog.pg_type t
 where t.typtype = 'd'
   and t.typdefaultbin is not null
   and t.oid >= 16384
union all
select 'index', i.indrelid, 0, concat(i.indexprs, ' ', i.indpred)
  from pg_catalog.pg_index i
 where i.indexprs is not null or i.indpred is not null
union all
select 'index', s.stxrelid, 0, s.stxexprs::text
  from pg_catalog.pg_statistic_ext s
 where s.stxexprs is not null
union all
select 'index', p.partrelid, 0, p.partexprs::text
  from pg_catalog.pg_partitioned_table p
 where p.partexprs is not null
union all
select 'trigger', t.tgrelid, t.tgfoid, t.tgqual::text
  from pg_catalog.pg_trigger t
 where not t.tgisinternal
   and t.tgenabled <> 'D'
union all
select 'rule', r.ev_class, 0, null
  from pg_catalog.pg_rewrite r
 where r.ev_type <> '1'
   and r.oid >= 16384
union all
select 'child', i.inhparent, i.inhrelid, null
  from pg_catalog.pg_inherits i
union all
select 'cascade', k.confrelid, k.conrelid, null
  from pg_catalog.pg_constraint k
 where k.contype = 'f'
   and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
union all
select 'cast', k.castsource, k.casttarget, k.castfunc::oid::text
  from pg_catalog.pg_cast k
 where k.oid >= 16384
   and k.castfunc <> 0
