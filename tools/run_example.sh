#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `make run` does after the build: starts examples/posts' upstream and the gateway before it, waits until the
# gateway serves, prints lines that work (one that is served, one for each of the five classic refusals), stays until
# Ctrl-C and takes both down. Busy ports are replaced by free ones; what is printed is where it really listens.
set -euo pipefail
cd "$(dirname "$0")/.."

data=build/run-data
mkdir -p "$data"
upstream_log=$data/upstream.log gateway_log=$data/access.log
children=()
stop() {
  trap - EXIT INT TERM
  for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
}
trap stop EXIT
trap 'echo; echo "stopping"; exit 0' INT TERM

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port_or_any() { if is_free "$1"; then echo "$1"; else echo 0; fi; }

# Polls a condition for ten seconds, as long as the child lives.
wait_for() {
  local child=$1 what=$2 log=$3
  shift 3
  for _ in $(seq 200); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    kill -0 "$child" 2>/dev/null || break
    sleep 0.05
  done
  echo "$what did not start:" >&2
  cat "$log" >&2
  exit 1
}

rm -f "$data/run.json"
/usr/bin/python3 examples/posts/upstream.py --port "$(port_or_any 9000)" --file "$data/posts.jsonl" \
  >"$upstream_log" 2>&1 &
upstream=$! children+=($!)
wait_for "$upstream" "the example upstream" "$upstream_log" grep -q '^http://' "$upstream_log"

export POSTS_UPSTREAM REEVE_DATA REEVE_LISTEN REEVE_ADMIN_LISTEN
POSTS_UPSTREAM=$(grep -m1 '^http://' "$upstream_log")
REEVE_DATA=$PWD/$data
REEVE_LISTEN=${REEVE_LISTEN:-127.0.0.1:$(port_or_any 8080)}
REEVE_ADMIN_LISTEN=${REEVE_ADMIN_LISTEN:-127.0.0.1:$(port_or_any 8081)}
build/release/reeve run -c examples/posts/reeve.yaml >"$gateway_log" 2>"$data/messages.log" &
gateway=$! children+=($!)
wait_for "$gateway" "the gateway" "$data/messages.log" test -s "$data/run.json"

listen=$(jq -r '.listen[0]' "$data/run.json")
admin=$(jq -r .admin "$data/run.json")
token_file=$(realpath --relative-to=. "$(jq -r .token_file "$data/run.json")")
cat <<END

Reeve serves on http://$listen, before a small service on $POSTS_UPSTREAM where people publish posts. Try:

  export POSTS_URL=http://$listen POSTS_KEY=rv_live_AnaPostsRf6tIHzTjzgaX9EGeDsv7IrxIqy1K135uvjv
  examples/posts/client.py publish "Sunset at the canal"
  curl -H "X-Api-Key: \$POSTS_KEY" http://$listen/posts

and what is refused, each with its cause and what helps:

  a permission is missing     examples/posts/client.py --key rv_live_RobReadsTkyb11oRtzqLHToFKRqFyF8PX7l5lX0tnXAC publish Hello
  the key is mistyped         examples/posts/client.py --key rv_live_AnaPostsR6ftIHzTjzgaX9EGeDsv7IrxIqy1K135uvjv list
  the key has expired         examples/posts/client.py --key rv_live_AnaOld25W3XYdWlA5OcVzmebAJeX5xBVihPEoW1BYSFM list
  the address is not allowed  examples/posts/client.py --key rv_live_DeskOnly439VA56dMsvRClZdlteEmi3tWzy7aS1nasTj publish Hello
  a limit is reached          for i in 1 2 3 4; do examples/posts/client.py publish "Post \$i"; done
  the file is broken          build/release/reeve check examples/posts/broken.yaml

Whoever operates it may look and change:

  export REEVE_ADMIN=http://$admin REEVE_ADMIN_TOKEN=\$(cat $token_file)
  build/release/reeve explain d_…        # the id that a refusal shows: every check, with its line
  build/release/reeve reload
  curl -s http://$admin/metrics | grep reeve_refusals

The configuration is examples/posts/reeve.yaml, told in examples/posts/README.md. The access log follows; Ctrl-C stops
everything.

END
tail -n +1 -f --pid="$gateway" "$gateway_log" &
children+=($!)
wait "$gateway"
