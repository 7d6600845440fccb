-- Functions of users and extensions, of every kind. The text of a body is told
-- where it is SQL, and where it may read settings. An extension's name tells
-- whose C code it is. The last column: trees of what a call may run besides
-- (defaults of parameters).
select p.oid,
       n.nspname,
       p.proname,
       array_to_json(p.proargtypes::oid[]),
       case when p.prokind = 'a' or p.prosrc ~ '^(multi)?range_constructor'
            then 'made' else l.lanname end,
       e.extname,
       case when l.lanname = 'sql'
              or p.prosrc ~* 'setting|\m(show|execute)\M'
            then p.prosrc end,
       p.prosqlbody::text,
       p.proargdefaults::text
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  join pg_catalog.pg_language l on l.oid = p.prolang
  left join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_proc'::regclass
   and d.objid = p.oid
   and d.deptype = 'e'
  left join pg_catalog.pg_extension e on e.oid = d.refobjid
 where p.oid >= 16384
