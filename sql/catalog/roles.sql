-- The roles that the login role may take on, itself included, with the roles
-- whose privileges each of them has.
select r.oid,
       r.rolname,
       r.rolsuper,
       r.rolname = session_user,
       (select json_agg(g.oid)
          from pg_catalog.pg_roles g
         where pg_catalog.pg_has_role(r.oid, g.oid, 'usage'))
  from pg_catalog.pg_roles r
 where pg_catalog.pg_has_role(session_user, r.oid, 'member')
