-- Casts by a function between json or text and a domain: how values of the
-- domain are read and written.
select k.castsource,
       k.casttarget,
       n.nspname,
       p.proname
  from pg_catalog.pg_cast k
  join pg_catalog.pg_proc p on p.oid = k.castfunc
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_type s on s.oid = k.castsource
  join pg_catalog.pg_type t on t.oid = k.casttarget
 where k.castcontext = 'i'
   and ((s.typtype = 'd' and k.casttarget = 'json'::regtype)
     or (t.typtype = 'd'
         and k.castsource in ('json'::regtype, 'text'::regtype)))
