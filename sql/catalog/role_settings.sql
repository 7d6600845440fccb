-- ALTER ROLE .. SET of the roles that may be taken on, as far as an ordinary
-- user may set them.
select r.rolname,
       lower(split_part(s.setting, '=', 1)),
       substr(s.setting, strpos(s.setting, '=') + 1)
  from pg_catalog.pg_roles r
 cross join lateral unnest(r.rolconfig) with ordinality s(setting, place)
  join pg_catalog.pg_settings g
    on g.name = lower(split_part(s.setting, '=', 1)) and g.context = 'user'
 where pg_catalog.pg_has_role(current_user, r.oid, 'member')
 order by r.rolname, s.place
