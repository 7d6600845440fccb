-- The rows of tables whose comment has "enum": true in its @trestle line: the
-- primary key's column holds the values, another text column what they mean.
-- The login role need not be allowed to read them: the statement takes on a
-- role that may, as the last one of its transaction.
with tables as (
  select c.oid,
         quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
         (select quote_ident(a.attname)
            from pg_catalog.pg_index i
            join pg_catalog.pg_attribute a
              on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
           where i.indrelid = c.oid
             and i.indisprimary
             and i.indnkeyatts = 1) as value,
         (select quote_ident(a.attname)
            from pg_catalog.pg_attribute a
           where a.attrelid = c.oid
             and a.attnum > 0
             and not a.attisdropped
             and a.atttypid in ('text'::regtype, 'varchar'::regtype)
             and not exists (select 1
                               from pg_catalog.pg_index i
                              where i.indrelid = c.oid
                                and i.indisprimary
                                and a.attnum = any (i.indkey))
           order by a.attnum
           limit 1) as description,
         (select r.rolname
            from pg_catalog.pg_roles r
           where pg_catalog.pg_has_role(session_user, r.oid, 'member')
             and pg_catalog.has_table_privilege(r.oid, c.oid, 'select')
             and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
           order by r.rolsuper desc, r.rolbypassrls desc, r.rolname
           limit 1) as reader
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f')
     and n.nspname <> 'information_schema'
     and n.nspname !~ '^pg_'
     and obj_description(c.oid, 'pg_class') ~ '@trestle\s.*"enum"\s*:\s*true'
)
select t.oid,
       pg_catalog.set_config('role', t.reader, true),
       pg_catalog.query_to_xml(
         format('select json_agg(json_build_array(%s, %s) order by %s) as rows
                   from %s',
                t.value, coalesce(t.description, 'null'), t.value, t.name),
         true, true, '')
  from tables t
 where t.value is not null
   and t.reader is not null
