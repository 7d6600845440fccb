# Trestle with a change feed, one worker: live messages and trestle_cache. It is
# there for its turns alone, since a feed reads all that others write.
SERVES="cached broadcast"
free_port
url=http://127.0.0.1:$port pid=
trestle_live=$folder/trestle_live
mkdir "$trestle_live"
cp "${BUILD:-build}/ngx_http_trestle_module.so" "$trestle_live/module.so"
cp "$folder/trestle/one.sql" "$trestle_live/"
cat >"$trestle_live/nginx.conf" <<CONF
load_module $trestle_live/module.so;
daemon off; pid nginx.pid; worker_processes 1;
worker_rlimit_nofile 16384; error_log error.log;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
  uwsgi_temp_path u; scgi_temp_path s;
  trestle_database db {
    primary "host=$folder dbname=postgres user=web_live"; feed; schemas public;
    anonymous_role web;
  }
  add_header X-Cache \$trestle_cache_status;
  server {
    listen 127.0.0.1:$port;
    location = /cached { trestle_cache on; trestle_query db one.sql; }
    location = /live { trestle_live db; }
  }
}
CONF
chown -R "$owner" "$trestle_live"

begin_trestle_live() {
  "${user[@]}" nginx -p "$trestle_live/" -c "$trestle_live/nginx.conf" \
    -e "$trestle_live/error.log" &
  pid_trestle_live=$!
  wait_for_port "${url_trestle_live##*:}"
  until curl -s -o /dev/null -D - "$url_trestle_live/cached?id=7" |
    grep -q '^X-Cache: HIT'; do
    sleep 0.1
  done
}
end_trestle_live() {
  kill -TERM "$pid_trestle_live"
  wait "$pid_trestle_live" || true
}
publish_trestle_live() { push_events postgres; }
