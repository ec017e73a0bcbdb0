#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs clang-tidy (the short list in .clang-tidy, all errors) over the C++ files that differ from the main branch's
# last published state or are not committed; with any argument over all of them. Needs a configured build/dev.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset dev -Wno-dev >/dev/null
if [ -n "${1:-}" ]; then
  mapfile -t files < <(git ls-files -co --exclude-standard -- 'src/*.cpp' 'sim/*.cpp' 'fuzz/*.cpp')
else
  base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git rev-parse HEAD~1)
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp' 'sim/*.cpp' 'fuzz/*.cpp'
    git ls-files -o --exclude-standard -- 'src/*.cpp' 'sim/*.cpp' 'fuzz/*.cpp'; } | sort -u)
fi
# bench/ and tests/toolchain are not in the compilation database's flags; a folder without a target is not either.
known=()
for file in "${files[@]}"; do
  if grep -q "/$file\"" build/dev/compile_commands.json; then known+=("$file"); fi
done
echo "clang-tidy: ${#known[@]} files"
[ "${#known[@]}" -eq 0 ] ||
  printf '%s\n' "${known[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/dev --quiet
