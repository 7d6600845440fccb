# nginx with a constant answer: what HTTP alone costs.
free_port
mkdir "$folder/nginx"
cat >"$folder/nginx/nginx.conf" <<CONF
daemon off; pid nginx.pid; worker_processes 1;
worker_rlimit_nofile 16384; error_log error.log;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
  uwsgi_temp_path u; scgi_temp_path s;
  server { listen 127.0.0.1:$port; location / { return 200 '{"id":7}'; } }
}
CONF
chown -R "$owner" "$folder/nginx"
"${user[@]}" nginx -p "$folder/nginx/" -c "$folder/nginx/nginx.conf" \
  -e "$folder/nginx/error.log" &
pid=$!
url=http://127.0.0.1:$port
wait_for_port "$port"
