# PostGraphile 4 with simple collections and its filter plugin.
SERVES="graphql_key graphql_list graphql_nested graphql_aggregate graphql_insert"
DIALECT=postgraphile
if ! npm_peer postgraphile_server; then
  SKIP="npm cannot install it"
else
  free_port
  PORT=$port PGHOST=$folder setpriv --pdeathsig INT \
    node build/bench/postgraphile_server/server.mjs &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
