-- Operators of users and extensions.
select o.oid,
       o.oprname,
       o.oprleft,
       o.oprright,
       o.oprcode::oid
  from pg_catalog.pg_operator o
 where o.oid >= 16384
