# Express 4 with node-postgres, a pool of 8, as its documentation shows.
SERVES="one twenty thousand insert update export export_csv
  fortunes fortunes1000 shop50
  rest_key rest_page rest_thousand rest_nested rest_insert rest_update"
if ! npm_peer express; then
  SKIP="npm cannot install it"
else
  cp bench/rest/statements.mjs build/bench/express/
  free_port
  PORT=$port PGHOST=$folder PAGES=$PWD/bench/pages setpriv --pdeathsig INT \
    node build/bench/express/server.mjs &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
