-- Aggregates that make a body of a media type from rows: their result is a
-- domain with the media type's name.
select t.typname,
       n.nspname,
       p.proname,
       tn.nspname,
       case when p.proargtypes[0] = 'anyelement'::regtype then 0
            else p.proargtypes[0] end
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_type t on t.oid = p.prorettype
  join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
 where p.prokind = 'a'
   and p.pronargs = 1
   and t.typtype = 'd'
   and (t.typname = '*/*'
        or t.typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$')
   and (p.proargtypes[0] = 'anyelement'::regtype
        or exists (select from pg_catalog.pg_class c
                    where c.reltype = p.proargtypes[0]))
 order by p.oid
