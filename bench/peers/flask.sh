# Flask with Jinja2 and psycopg2 under gunicorn, all of Debian, one process.
SERVES="fortunes fortunes1000 shop50"
if ! command -v gunicorn >/dev/null ||
  ! /usr/bin/python3 -c 'import flask, psycopg2' 2>/dev/null; then
  SKIP="gunicorn, python3-flask or python3-psycopg2 is missing"
else
  free_port
  PGHOST=$folder PAGES=$PWD/bench/pages setpriv --pdeathsig INT \
    gunicorn --chdir bench/flask --workers 1 --threads 8 --log-level error \
    --bind "127.0.0.1:$port" app:app &
  pid=$!
  url=http://127.0.0.1:$port
  wait_for_port "$port"
fi
