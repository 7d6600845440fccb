# npm's ws in Node, as its documentation shows a broadcast: a POST becomes a
# message to all WebSockets.
SERVES="broadcast"
if ! npm_peer ws; then
  SKIP="npm cannot install it"
else
  free_port
  PORT=$port setpriv --pdeathsig INT node build/bench/ws/server.mjs &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
publish_ws() { post_events "$url_ws/publish"; }
