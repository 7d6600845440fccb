-- Who may do what: class (schema, relation or function), object, column number
-- or 0, grantee (0: everybody), privilege.
with schemas as (
  select n.oid, n.nspacl, n.nspowner
    from pg_catalog.pg_namespace n
   where n.nspname <> 'information_schema'
     and n.nspname !~ '^pg_'
)
select 's', s.oid, 0, a.grantee, a.privilege_type
  from schemas s
 cross join lateral
       aclexplode(coalesce(s.nspacl, acldefault('n', s.nspowner))) a
 where a.privilege_type = 'USAGE'
union all
select 'r', c.oid, 0, a.grantee, a.privilege_type
  from pg_catalog.pg_class c
  join schemas s on s.oid = c.relnamespace
 cross join lateral
       aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
 where c.relkind in ('r', 'p', 'v', 'm', 'f')
   and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
union all
select 'r', c.oid, t.attnum, a.grantee, a.privilege_type
  from pg_catalog.pg_class c
  join schemas s on s.oid = c.relnamespace
  join pg_catalog.pg_attribute t on t.attrelid = c.oid
 cross join lateral aclexplode(t.attacl) a
 where c.relkind in ('r', 'p', 'v', 'm', 'f')
   and t.attnum > 0
   and t.attacl is not null
   and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
union all
select 'f', p.oid, 0, a.grantee, a.privilege_type
  from pg_catalog.pg_proc p
  join schemas s on s.oid = p.pronamespace
 cross join lateral
       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
 where p.prokind = 'f'
