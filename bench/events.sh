# Sourced: EVENTS messages, RATE a second, numbered and with the time of each, as
# bench/live_load reads them.

now_us='(extract(epoch from clock_timestamp()) * 1000000)::bigint'

# Numbers, one each time that one is due.
each_event() {
  local i
  for ((i = 1; i <= events; i++)); do
    echo "$i"
    sleep "$(awk "BEGIN {print 1 / $rate}")"
  done
}

# To the channel `bench`, by psql with its arguments.
push_events() {
  each_event | while read -r i; do
    echo "select trestle.push('bench', json_build_object('n', $i, 't', $now_us,
      'text', repeat('x', 80))::jsonb);"
  done | sql "$@" >/dev/null
}

post_events() {  # url
  local text
  text=$(printf 'x%.0s' {1..80})
  each_event | while read -r i; do
    curl -s -o /dev/null "$1" \
      -d "{\"n\":$i,\"t\":${EPOCHREALTIME/./},\"text\":\"$text\"}"
  done
}
