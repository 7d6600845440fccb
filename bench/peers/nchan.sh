# nchan, one worker: a POST becomes a message to all WebSockets of a channel.
SERVES="broadcast"
tools/install-dependencies nchan || true
if [[ ! -r /usr/lib/nginx/modules/ngx_nchan_module.so ]]; then
  SKIP="libnginx-mod-nchan is missing"
else
  free_port
  mkdir "$folder/nchan"
  cat >"$folder/nchan/nginx.conf" <<CONF
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off; pid nginx.pid; worker_processes 1;
worker_rlimit_nofile 16384; error_log error.log;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
  uwsgi_temp_path u; scgi_temp_path s;
  server {
    listen 127.0.0.1:$port;
    location = /live {
      nchan_subscriber; nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
    location = /publish { nchan_publisher; nchan_channel_id bench; }
  }
}
CONF
  chown -R "$owner" "$folder/nchan"
  "${user[@]}" nginx -p "$folder/nchan/" -c "$folder/nchan/nginx.conf" \
    -e "$folder/nchan/error.log" &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
publish_nchan() { post_events "$url_nchan/publish"; }
