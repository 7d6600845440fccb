# Express 4 with node-postgres, a pool of 8, as its documentation shows.
if ! command -v npm >/dev/null; then
  SKIP="npm is missing"
else
  mkdir -p build/bench/express
  cp bench/express/* build/bench/express/
  if ! (cd build/bench/express && npm ci --silent --no-audit --no-fund); then
    SKIP="npm ci failed"
  else
    port=$(free_port)
    PORT=$port PGHOST=$folder PAGES=$PWD/bench/pages setpriv --pdeathsig INT \
      node build/bench/express/server.mjs &
    pid=$!
    url=http://127.0.0.1:$port
    wait_for_port "$port"
  fi
fi
