-- Functions of PostgreSQL itself that are written in C or SQL. The last column:
-- known to compute and nothing else by what it is (immutable, or behind an
-- operator or a cast); of the others, a list of names tells.
select p.oid,
       p.proname,
       (l.lanname = 'internal' and p.provolatile = 'i')
         or exists (select 1
                      from pg_catalog.pg_operator o
                     where o.oprcode = p.oid and o.oid < 16384)
         or exists (select 1
                      from pg_catalog.pg_cast k
                     where k.castfunc = p.oid and k.oid < 16384)
  from pg_catalog.pg_proc p
  join pg_catalog.pg_language l on l.oid = p.prolang
 where p.oid < 16384
   and p.pronamespace = 'pg_catalog'::regnamespace
   and l.lanname in ('internal', 'sql')
