# Trestle: SQL files, pages, GraphQL and REST, one worker. What is `cached` for
# trestle_live is not for this one.
DIALECT=hasura
free_port
mkdir "$folder/trestle"
cp "${BUILD:-build}/ngx_http_trestle_module.so" "$folder/trestle/module.so"
cat >"$folder/trestle/one.sql" <<'SQL'
-- @one
select id, name from item where id = :id::int;
SQL
# With a role and claims, which the statement reads.
cat >"$folder/trestle/one_role.sql" <<'SQL'
-- @one
select id, name from item
where id = :id::int and current_setting('request.jwt.claims', true) <> '';
SQL
cat >"$folder/trestle/thousand.sql" <<'SQL'
-- @many
select id, name, category, cents, stock from item where id >= :id::int
order by id limit 1000;
SQL
cat >"$folder/trestle/twenty.sql" <<'SQL'
-- @many
select id, name, cents, stock from item
where stock > 20 and id >= :id::int order by id limit 20;
SQL
cat >"$folder/trestle/insert.sql" <<'SQL'
-- @post
-- @one
insert into sighting (note) values (:note) returning note;
SQL
cat >"$folder/trestle/update.sql" <<'SQL'
-- @post
-- @one
update counter set hits = :hits::int where id = :id::int returning id, hits;
SQL
cat >"$folder/trestle/export.sql" <<'SQL'
-- @many
select id, customer, item, cents, note from ordering order by id;
SQL
cp -r bench/pages "$folder/trestle/pages"
cat >"$folder/trestle/nginx.conf" <<CONF
load_module $folder/trestle/module.so;
daemon off; pid nginx.pid; worker_processes 1;
worker_rlimit_nofile 16384; error_log error.log;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
  uwsgi_temp_path u; scgi_temp_path s;
  trestle_database db { primary "host=$folder dbname=postgres user=web"; }
  trestle_database tables {
    primary "host=$folder dbname=postgres user=web"; anonymous_role web;
  }
  server {
    listen 127.0.0.1:$port;
    location = /graphql { trestle_graphql tables schema=public; }
    location /api/ { trestle_rest tables schema=public; }
    location ~ ^/(one|cached)$ { trestle_query db one.sql; }
    location = /one_role { trestle_query tables one_role.sql; }
    location = /twenty { trestle_query db twenty.sql; }
    location = /thousand { trestle_query db thousand.sql; }
    location = /insert { trestle_query db insert.sql; }
    location = /update { trestle_query db update.sql; }
    location ~ ^/export(_csv)?$ {
      trestle_query db export.sql; trestle_max_result 64m;
    }
    location / { trestle_pages db pages; }
  }
}
CONF
chown -R "$owner" "$folder/trestle"
"${user[@]}" nginx -p "$folder/trestle/" -c "$folder/trestle/nginx.conf" \
  -e "$folder/trestle/error.log" &
pid=$!
url=http://127.0.0.1:$port
wait_for_port "$port"
