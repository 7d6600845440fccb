# Fastify with node-postgres, a pool of 8, as its documentation shows.
SERVES="one twenty thousand insert update export export_csv
  rest_key rest_page rest_thousand rest_nested rest_insert rest_update"
if ! npm_peer fastify; then
  SKIP="npm is missing, or npm ci failed"
else
  cp bench/rest/statements.mjs build/bench/fastify/
  free_port
  PORT=$port PGHOST=$folder setpriv --pdeathsig INT \
    node build/bench/fastify/server.mjs &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
