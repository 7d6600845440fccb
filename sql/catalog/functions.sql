-- Functions and procedures' siblings that a request may call; trigger functions
-- and those with internal arguments are left out. Arguments: name, type, mode.
select p.oid,
       n.nspname,
       p.proname,
       obj_description(p.oid, 'pg_proc'),
       p.prorettype,
       p.proretset,
       p.prorows,
       p.provolatile,
       p.pronargdefaults,
       array_to_json(coalesce(p.proargnames, '{}')),
       array_to_json(coalesce(p.proargmodes::text[], '{}')),
       coalesce(array_to_json(p.proallargtypes),
                array_to_json(p.proargtypes::oid[])),
       array_to_json(p.proconfig)
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
 where p.prokind = 'f'
   and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
 order by p.oid
