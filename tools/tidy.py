# SPDX-License-Identifier: Apache-2.0
# The house rules, checked by a machine: layers, names, sizes, words and forms that are not used. Reads the files that
# git knows (and new ones that it does not ignore); prints `file:line: rule: what is wrong and what to do`, and ends
# with 1 when anything is. The rules are in tidy_code.py (one file at a time) and tidy_tree.py (the whole tree).
import pathlib
import subprocess
import sys
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tidy_code
import tidy_source
import tidy_tree

ROOT = pathlib.Path(__file__).resolve().parent.parent


def known_paths(root):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    return sorted(path for path in set(listed) if (root / path).is_file())


def check(root, paths, layers):
    """All findings for these files, as (path, line, rule, text)."""
    there = set(paths)
    sources = list(tidy_source.read_sources(root, paths))
    findings = []
    for source in sources:
        source.has_header = source.path.removesuffix(".cpp") + ".h" in there
        for rule in tidy_code.RULES:
            findings += [(source.path, *finding) for finding in rule(source, layers)]
    tree = tidy_tree.Tree(root, paths, sources)
    for rule in tidy_tree.RULES:
        findings += rule(tree)
    return sorted(findings)


def main():
    layers = tidy_code.Layers(tomllib.loads((ROOT / "tools/layers.toml").read_text()))
    findings = check(ROOT, known_paths(ROOT), layers)
    for path, line, rule, text in findings:
        print(f"{path}:{line}: {rule}: {text}")
    print(f"tidy: {len(findings)} findings" if findings else "tidy: in order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
