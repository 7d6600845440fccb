# A message to all: SUBSCRIBERS (1000) WebSockets get EVENTS (100) messages, RATE
# (20) a second. Each peer publishes as its users would: publish_NAME.
subscribers=${SUBSCRIBERS:-1000} events=${EVENTS:-100} rate=${RATE:-20}

source bench/events.sh

# Sets what turn() wants: `count` is of messages that have come, and CPU counts
# from when all WebSockets are open.
turn_of_broadcast() {  # peer
  local url=url_$1 join= line publisher clients started
  url=${!url}
  [[ $1 != trestle_live ]] || join='{"join":"bench"}'
  coproc LOAD { "${BUILD:-build}/bench/live_load" "${url##*:}" /live \
    "$subscribers" "$events" "$join"; }
  clients=$LOAD_PID
  read -r line <&"${LOAD[0]}"
  before_server=$(cpu_of "$pid") before_database=$(cpu_of "$postgres")
  started=$SECONDS
  "publish_$1" &
  publisher=$!
  read -r line <&"${LOAD[0]}"
  seconds=$((SECONDS - started + 1))
  wait "$publisher" || true
  wait "$clients" 2>/dev/null || true
  [[ $line == *' lost=0 twice=0 '* ]] || echo "$1: $line" >&2
  count=$(sed -n 's/.*deliveries=\([0-9]*\).*/\1/p' <<<"$line")
  p50=$(sed -n 's/.*p50_us=\([0-9]*\).*/\1/p' <<<"$line")
  p99=$(sed -n 's/.*p99_us=\([0-9]*\).*/\1/p' <<<"$line")
}
