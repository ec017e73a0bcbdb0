#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `make run` does after the build: starts examples/hello's upstream and the gateway before it, waits until the
# gateway serves, prints curl lines that work, stays until Ctrl-C and takes both down. Busy ports are replaced by free
# ones; what is printed is where it really listens.
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
/usr/bin/python3 examples/hello/upstream.py --port "$(port_or_any 9000)" >"$upstream_log" 2>&1 &
upstream=$! children+=($!)
wait_for "$upstream" "the example upstream" "$upstream_log" grep -q '^http://' "$upstream_log"

export HELLO_UPSTREAM REEVE_DATA REEVE_LISTEN REEVE_ADMIN_LISTEN
HELLO_UPSTREAM=$(grep -m1 '^http://' "$upstream_log")
REEVE_DATA=$PWD/$data
REEVE_LISTEN=${REEVE_LISTEN:-127.0.0.1:$(port_or_any 8080)}
REEVE_ADMIN_LISTEN=${REEVE_ADMIN_LISTEN:-127.0.0.1:$(port_or_any 8081)}
build/release/reeve run -c examples/hello/reeve.yaml >"$gateway_log" 2>"$data/messages.log" &
gateway=$! children+=($!)
wait_for "$gateway" "the gateway" "$data/messages.log" test -s "$data/run.json"

listen=$(jq -r '.listen[0]' "$data/run.json")
admin=$(jq -r .admin "$data/run.json")
token_file=$(realpath --relative-to=. "$(jq -r .token_file "$data/run.json")")
cat <<END

Reeve serves on http://$listen, before the example upstream on $HELLO_UPSTREAM. Try:

  curl -i http://$listen/
  curl -i 'http://$listen/api/anything?a=1'
  curl -s http://$listen/api/users/7
  curl -N http://$listen/api/stream
  curl -s -d 'some text' http://$listen/upload
  curl -i http://$listen/nowhere
  curl -s http://$admin/metrics | grep reeve_requests
  REEVE_ADMIN_TOKEN=\$(cat $token_file) build/release/reeve reload --admin http://$admin

The configuration is examples/hello/reeve.yaml: change it and run the last line to put it in force. The access log
follows; Ctrl-C stops everything.

END
tail -n +1 -f --pid="$gateway" "$gateway_log" &
children+=($!)
wait "$gateway"
