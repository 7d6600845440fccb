# Bun's own server and PostgreSQL client, pages by hand.
SERVES="one twenty thousand insert update export export_csv
  fortunes fortunes1000 shop50
  rest_key rest_page rest_thousand rest_nested rest_insert rest_update"
if ! command -v npm >/dev/null; then
  SKIP="npm is missing"
else
  mkdir -p build/bench/bun
  cp bench/bun/* bench/rest/statements.mjs build/bench/bun/
  if ! (cd build/bench/bun && npm ci --loglevel=error --no-audit --no-fund); then
    SKIP="npm ci failed"
  else
    free_port
    PORT=$port PGHOST=$folder setpriv --pdeathsig INT \
      build/bench/bun/node_modules/.bin/bun build/bench/bun/server.js &
    pid=$!
    url=http://127.0.0.1:$port
    wait_for_port "$port"
  fi
fi
