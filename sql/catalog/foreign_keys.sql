-- Foreign keys; those that partitions inherit are left out.
select k.conname,
       k.conrelid,
       k.confrelid,
       array_to_json(k.conkey),
       array_to_json(k.confkey)
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class c on c.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where k.contype = 'f'
   and k.conparentid = 0
   and n.nspname <> 'information_schema'
   and n.nspname !~ '^pg_'
 order by k.conrelid, k.conname
