# Sourced by the scripts of bench/: a PostgreSQL with the workloads' tables, the
# peers, and the accounts of their CPU time. Defines `folder`, `postgres`,
# `peers`, and of each peer url_NAME, pid_NAME, serves_NAME, dialect_NAME. Only
# the peers named in PEERS are started, when it is set. A peer with a function
# begin_NAME, and end_NAME, is there between the two only.
PATH=$PATH:/usr/sbin:/sbin
postgres_bin=/usr/lib/postgresql/15/bin
ulimit -Sn "$(ulimit -Hn)"

tools/install-dependencies build server bench

user=(setpriv --pdeathsig INT)
owner=$(id -u)
if ((EUID == 0)); then
  owner=$(id -u postgres)
  user=(setpriv "--reuid=$owner" "--regid=$(id -g postgres)" --clear-groups
    --pdeathsig INT)
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/trestle-bench.XXXXXX")
chmod 755 "$folder"
chown "$owner" "$folder"
servers=()  # the first is PostgreSQL
finish() {
  # Not KILL: a killed nginx leaves its workers behind. bun listens to TERM
  # alone; INT is PostgreSQL's fast way to stop, behind its clients.
  if ((${#servers[@]})); then
    kill -INT "${servers[@]:1}" 2>/dev/null || true
    kill -TERM "${servers[@]:1}" 2>/dev/null || true
    wait "${servers[@]:1}" 2>/dev/null || true
    kill -INT "${servers[0]}" 2>/dev/null || true
  fi
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

# --- what peers and workloads use ----------------------------------------------

sql() { psql -X -q -At -v ON_ERROR_STOP=1 -h "$folder" -U postgres "$@"; }

next_port=$((20000 + $$ % 10000))
free_port() {  # sets `port`
  while (exec 3<>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; do
    next_port=$((next_port + 1))
  done
  port=$next_port
  next_port=$((next_port + 1))
}

wait_for_port() {
  local i
  for ((i = 0; i < 100; i++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2
  return 1
}

# Installs bench/NAME with its packages in build/bench/NAME.
npm_peer() {
  command -v npm >/dev/null || return 1
  mkdir -p "build/bench/$1"
  cp "bench/$1"/*.{json,mjs} "build/bench/$1/"
  (cd "build/bench/$1" && npm ci --loglevel=error --no-audit --no-fund)
}

# CPU nanoseconds of a process and all below it, those that have ended included.
cpu_of() {
  local pid sum=0 line stat
  for pid in $(tree "$@"); do
    line=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    read -r -a stat <<<"${line##*) }"
    sum=$((sum + (stat[13] + stat[14]) * 10000000))
    for line in /proc/"$pid"/task/*/schedstat; do
      read -r line _ <"$line" 2>/dev/null || continue
      sum=$((sum + line))
    done
  done
  echo "$sum"
}
tree() {
  local pid
  for pid in "$@"; do
    echo "$pid"
    [[ -r /proc/$pid/task/$pid/children ]] || continue
    tree $(cat /proc/"$pid"/task/*/children 2>/dev/null)
  done
}

# CPU of this shell's children that have ended, in ticks of 10 ms.
children_ticks() { awk '{print $16 + $17}' /proc/$$/stat; }

# --- the database ----------------------------------------------------------------

cd "$folder"
"${user[@]}" "$postgres_bin/initdb" -D "$folder/data" -U postgres -A trust \
  -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
"${user[@]}" "$postgres_bin/postgres" -D "$folder/data" -k "$folder" \
  -c listen_addresses= -c shared_buffers=256MB -c fsync=off -c jit=off \
  -c autovacuum=off -c max_connections=200 -c wal_level=logical >"$folder/postgres.log" 2>&1 &
postgres=$!
cd "$OLDPWD"
servers+=("$postgres")
until "$postgres_bin/pg_isready" -q -h "$folder"; do sleep 0.1; done
sql -f bench/data.sql -f bench/graphql/data.sql -f bench/rest/data.sql \
  -f sql/trestle.sql postgres

# --- start the peers, compare their answers, measure -----------------------------

peers=()
for file in bench/peers/*.sh; do
  peer=$(basename "$file" .sh)
  [[ -z ${PEERS:-} || " $PEERS " == *" $peer "* ]] || continue
  # Each sets `pid`, and `url` where it speaks HTTP; SKIP says why it is absent,
  # SERVES names its workloads when it has not all of them, DIALECT the folder of
  # its documents in bench/graphql.
  SKIP= SERVES= DIALECT= url= pid=
  source "$file"
  if [[ -n $SKIP ]]; then
    echo "$peer: left out, $SKIP"
    continue
  fi
  peers+=("$peer")
  declare "url_$peer=$url" "pid_$peer=$pid" "serves_$peer=${SERVES//$'\n'/ }" \
    "dialect_$peer=$DIALECT"
  [[ -z $pid ]] || servers+=("$pid")
done

begin() { ! declare -F "begin_$1" >/dev/null || "begin_$1"; }
end() { ! declare -F "end_$1" >/dev/null || "end_$1"; }

# A peer that names no workloads has all but those that are scripts.
serves() {  # peer workload
  local list=serves_$1
  if [[ -z ${!list} ]]; then [[ ! -f bench/workloads/$2.sh ]]; else
    [[ " ${!list} " == *" $2 "* ]]
  fi
}
