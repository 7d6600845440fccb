# Prepared statements pipelined over libpq, 4 connections of 16 in flight: the
# floor of what the database costs, no HTTP and no JSON.
url= pid= SERVES="one"
if [[ ! -x ${BUILD:-build}/bench/libpq_floor ]]; then
  SKIP="make bench builds it"
fi

turn_of_libpq() {
  local before after
  before=$(children_ticks)
  count=$("${BUILD:-build}/bench/libpq_floor" \
    "host=$folder user=web dbname=postgres" "$each")
  after=$(children_ticks)
  server=$(((after - before) * 10000000))
}
