# pgbench: prepared statements over 8 connections, no HTTP and no JSON.
cat >"$folder/one.pgbench" <<'SQL'
\set id random(1, 10000)
select id, name from item where id = :id;
SQL
cat >"$folder/thousand.pgbench" <<'SQL'
\set id random(1, 9000)
select id, name, category, cents, stock from item where id >= :id
order by id limit 1000;
SQL
cat >"$folder/fortunes.pgbench" <<'SQL'
select id, message from fortune where id <= 12 order by message;
SQL
cat >"$folder/fortunes1000.pgbench" <<'SQL'
select id, message from fortune order by message;
SQL
cat >"$folder/shop50.pgbench" <<'SQL'
\set id random(1, 9000)
select id, name, category, (cents / 100.0)::numeric(10, 2)::text as price, stock
from item where id >= :id order by id limit 50;
SQL
url= pid= SERVES="one thousand fortunes fortunes1000 shop50"

# Its own CPU time is that of a child that has ended: the shell's account.
turn_of_pgbench() {
  local before after
  before=$(children_ticks)
  count=$("$postgres_bin/pgbench" -n -M prepared -c 8 -j 1 -T "$each" \
    -f "$folder/$1.pgbench" -h "$folder" -U web postgres 2>/dev/null |
    sed -n 's/number of transactions actually processed: \([0-9]*\).*/\1/p')
  after=$(children_ticks)
  server=$(((after - before) * 10000000))
}
