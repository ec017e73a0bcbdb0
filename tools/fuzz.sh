#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes one target, or all in turn, for a number of seconds each. New inputs go into the target's corpus folder
# under fuzz/corpus/ (minimise before committing: see the end); crashes go to build/fuzz-crashes/.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1%_fuzz} seconds=${2:-60}

cmake --preset fuzz -Wno-dev >/dev/null
targets=()
for source in fuzz/*_fuzz.cpp; do
  name=$(basename "$source" _fuzz.cpp)
  if [ -z "$target" ] || [ "$target" = "$name" ]; then targets+=("$name"); fi
done
if [ "${#targets[@]}" -eq 0 ]; then
  echo "no fuzz target '$target'; there are:" fuzz/*_fuzz.cpp >&2
  exit 2
fi
cmake --build build/fuzz -j "$(nproc)" --target "${targets[@]/%/_fuzz}"

mkdir -p build/fuzz-crashes
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
for name in "${targets[@]}"; do
  corpus=fuzz/corpus/$name
  mkdir -p "$corpus"
  dictionary=fuzz/$name.dict
  echo "fuzz: $name for $seconds s"
  "build/fuzz/${name}_fuzz" "$corpus" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="build/fuzz-crashes/$name-" -print_final_stats=1 \
    $( [ -f "$dictionary" ] && echo "-dict=$dictionary" )
  # Keep only inputs that reach something the others do not.
  smallest=$(mktemp -d)
  "build/fuzz/${name}_fuzz" -merge=1 "$smallest" "$corpus" 2>/dev/null
  rm -rf "$corpus" && mv "$smallest" "$corpus"
  chmod 755 "$corpus"
done
