# What stands before the commands of a page of docs/ when a test runs them: the
# page's port and database are those of the test, and roles that are there
# already are no mistake.
PATH=$TOOLS:$PATH
curl() { command curl -sS "${@//localhost:8080/127.0.0.1:$PORT}"; }
createdb() { :; }
trestle() { command trestle "${@//dbname=shop/dbname=$PGDATABASE}"; }
psql() {
  local arguments=()
  while (($#)); do
    if [[ $1 == -d ]]; then shift 2; else arguments+=("$1"); shift; fi
  done
  command psql -X "${arguments[@]}"
}
