# SPDX-License-Identifier: Apache-2.0
# The house rules that look at the tree as a whole: names of folders and files, readmes and their length, paths of
# somebody's machine, a corpus for every fuzz target, a fuzz target that reaches every parser. Each rule yields
# (path, line, rule, what is wrong and what to do instead).
import collections
import re

README_MOST, FOLDER_README_MOST = 150, 40
VAGUE_NAMES = {"common", "util", "utils", "core", "include", "helpers", "misc", "lib"}
_FILE_NAME = re.compile(r"^(?:[a-z0-9_]+\.(?:cpp|h)|README\.md)$")
# Built from pieces so that this file does not find itself.
_MACHINE = re.compile(r"(?:^|[^a-z])/(?:wor" r"k|far" r"m|ro" r"ot|ho" r"me/[a-z]\w*)/")
_TEXT_ENDINGS = (".cpp", ".h", ".py", ".sh", ".md", ".yaml", ".yml", ".json", ".toml", ".txt", ".cmake", ".cfg", ".conf",
                 "Makefile", "run", ".ini")


class Tree:
    def __init__(self, root, paths, sources):
        self.root = root
        self.paths = paths
        self.sources = sources

    def read(self, path):
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, IsADirectoryError):
            return ""


def names(tree):
    for path in tree.paths:
        parts = path.split("/")
        if parts[0] != "src":
            continue
        for part in parts[1:-1]:
            if part in VAGUE_NAMES:
                yield path, 1, "folder-name", f"`{part}` says nothing; name the folder after what it has to do"
        if not _FILE_NAME.match(parts[-1]):
            yield path, 1, "file-name", "files in src/ are snake_case .cpp, .h and README.md"


def readmes(tree):
    there = set(tree.paths)
    folders = sorted({path.split("/")[1] for path in tree.paths if path.startswith("src/") and path.count("/") >= 2})
    wanted = [("README.md", README_MOST)] + [(f"src/{folder}/README.md", FOLDER_README_MOST) for folder in folders]
    for path, most in wanted:
        if path not in there:
            yield path, 1, "readme", "missing; say what the folder is for and which file to read first"
            continue
        count = len(tree.read(path).splitlines())
        if count > most:
            yield path, most + 1, "readme", f"{count} lines, {most} at most; details belong beside the code"


def machine_paths(tree):
    for path in tree.paths:
        if not path.endswith(_TEXT_ENDINGS):
            continue
        text = tree.read(path)
        for found in _MACHINE.finditer(text):
            line = text.count("\n", 0, found.start() + 1) + 1
            yield path, line, "machine-path", f"`{found.group().strip()}` exists on one machine only; make it relative"


def corpora(tree):
    counts = collections.Counter("/".join(path.split("/")[:3]) for path in tree.paths if path.startswith("fuzz/corpus/"))
    for source in tree.sources:
        if source.top == "fuzz" and source.name.endswith("_fuzz.cpp"):
            folder = "fuzz/corpus/" + source.name.removesuffix("_fuzz.cpp")
            if counts[folder] == 0:
                yield source.path, 1, "corpus", f"no input under {folder}/; commit a small, minimised corpus"


_PARSER = re.compile(r"\bparse\w*\s*\(|\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?\w*(?:Parser|Decoder|Scanner)\b")
_PARSER_FOLDERS = {"base", "json", "crypto", "http", "exchange", "identity", "dialect", "config"}


def fuzzed_parsers(tree):
    """A header that offers a parser is reached from some fuzz target: by includes, through headers and the files
    that implement them."""
    by_path = {source.path: source for source in tree.sources if source.is_cpp}
    waiting = [source for source in by_path.values() if source.top == "fuzz"]
    reached = {source.path for source in waiting}
    while waiting:
        source = waiting.pop()
        near = ["src/" + included for _, quote, included in source.includes if quote == '"']
        if source.path.endswith(".h"):
            near.append(source.path.removesuffix(".h") + ".cpp")
        for path in near:
            if path in by_path and path not in reached:
                reached.add(path)
                waiting.append(by_path[path])
    for source in by_path.values():
        if source.folder in _PARSER_FOLDERS and source.path.endswith(".h") and source.path not in reached:
            for line, _found in source.find(_PARSER):
                yield source.path, line, "fuzz", "no fuzz target reaches this parser; add one under fuzz/, with a corpus"
                break


RULES = [names, readmes, machine_paths, corpora, fuzzed_parsers]
