# Apollo Server with node-postgres and DataLoader, a pool of 8.
SERVES="graphql_key graphql_list graphql_nested graphql_aggregate graphql_insert"
DIALECT=apollo
if ! npm_peer apollo_server; then
  SKIP="npm cannot install it"
else
  free_port
  PORT=$port PGHOST=$folder setpriv --pdeathsig INT \
    node build/bench/apollo_server/server.mjs &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
