# SPDX-License-Identifier: Apache-2.0
# The house rules that look at one file at a time: what a folder may include, how a file begins, how long it and its
# functions may be, which words and coroutine forms are not used where. Each rule yields (line, rule, what is wrong
# and what to do instead).
import re

HARD_FILE, HARD_TEST_FILE, HARD_FUNCTION = 500, 800, 120
HEADER_LEAST, HEADER_MOST = 3, 9  # comment lines at the top, the SPDX line among them

_SPDX = "SPDX-License-Identifier: Apache-2.0"
_MARKED_TABLE = re.compile(r"^\s*(?://|#) table: \S", re.M)
_MARKED_LONG = re.compile(r"// long: \S")
_SWITCH_LINE = re.compile(r"^\s*(?:case\b|default:|return\b|break;|$)")


class Layers:
    """layers.toml with its arrows followed to their ends."""

    def __init__(self, document):
        self._direct = document["folders"]
        self.outside = document.get("outside", {})
        self.besides = document.get("besides", {})
        self.rules = document["rules"]
        self.allowed = {folder: self._closure(folder) for folder in self._direct}

    def _closure(self, folder):
        if "*" in self._direct[folder]:
            return set(self._direct)
        reached, waiting = {folder, "base"}, list(self._direct[folder])
        while waiting:
            next_one = waiting.pop()
            if next_one not in reached:
                reached.add(next_one)
                waiting += self._direct[next_one]
        return reached


def layering(source, layers):
    if not source.is_cpp:
        return
    if source.top == "src":
        if source.folder is None or source.folder not in layers.allowed:
            yield 1, "layer-unknown", f"{source.path} lies in no folder of tools/layers.toml; name its folder there"
            return
        allowed = set(layers.allowed[source.folder])
        for ending, more in layers.besides.items():
            if source.name.endswith(ending):
                allowed |= set(more)
        owner = source.folder
    else:
        owner = next((name for name in layers.outside if source.path.startswith(name + "/")), None)
        if owner is None:
            return
        entry = layers.outside[owner]
        allowed = set(layers.allowed) - set(entry["not"]) | set(entry["also"])
    known = set(layers.allowed) | {name for entry in layers.outside.values() for name in entry["also"]}
    for line, quote, included in source.includes:
        folder = next((name for name in sorted(known, key=len, reverse=True) if included.startswith(name + "/")), None)
        if quote == '"' and folder is None:
            yield line, "include-form", f'"{included}": include project files as "folder/file.h" from src/'
        elif folder is not None and folder not in allowed:
            yield line, "layer", (f'{owner} may not include {folder} ("{included}"); it may use '
                                  f"{', '.join(sorted(allowed - {owner}))}: move the code, or pass the thing in")


def beginning(source, _):
    lines = source.lines
    first = 1 if lines[0].startswith("#!") else 0
    mark = "//" if source.is_cpp else "#"
    if len(lines) <= first or lines[first] != f"{mark} {_SPDX}":
        yield first + 1, "spdx", f"begin with `{mark} {_SPDX}`"
        return
    count = 0
    for line in lines[first:]:
        if not line.startswith(mark):
            break
        count += 1
    beside_header = source.path.endswith(".cpp") and source.has_header
    if count > HEADER_MOST:
        yield first + 1, "header", f"{count} lines of header comment; say what it is in {HEADER_MOST} at most"
    elif count < HEADER_LEAST and not source.is_test and not beside_header:
        yield first + 1, "header", (f"{count} lines of header comment, SPDX included; {HEADER_LEAST} at least: what it "
                                    "is, where in the request's path, who owns it, what it does not do")
    if source.path.endswith(".h") and "#pragma once" not in source.text:
        yield 1, "pragma-once", "a header says #pragma once"


def sizes(source, _):
    limit = HARD_TEST_FILE if source.is_test else HARD_FILE
    count = len(source.lines) - (source.lines[-1] == "")
    if count > limit and not _MARKED_TABLE.search(source.text):
        yield limit + 1, "file-length", (f"{count} lines, {limit} at most; split it by what it does "
                                         "(a table says so: `// table: of what`)")
    if not source.is_cpp:
        return
    for begin, end in source.functions():
        if end - begin + 1 <= HARD_FUNCTION:
            continue
        body = source.lines[begin:end]
        if sum(bool(_SWITCH_LINE.match(line)) for line in body) >= 0.9 * len(body):
            continue  # one switch: a table in other words
        if not any(_MARKED_LONG.search(line) for line in source.lines[max(0, begin - 3):end]):
            yield begin, "function-length", (f"{end - begin + 1} lines, {HARD_FUNCTION} at most; split it, or say why "
                                             "not: `// long: reason`")


# Built from pieces so that this file does not find itself.
_LEFT_OVER = re.compile(r"\b(?:FIX" r"ME|X" r"XX)\b")
_OPEN_END = re.compile(r"\bTO" r"DO\b(?!\(#\d+\))")
_EXCUSE = re.compile(r"\b(?:not" r" implemented|for" r" now|simpli" r"fied)\b")


def left_overs(source, _):
    for number, line in enumerate(source.lines, 1):
        if _LEFT_OVER.search(line):
            yield number, "left-over", "finish it, or open an issue and refer to it"
        if _OPEN_END.search(line):
            yield number, "left-over", "an open end names its issue: TO" "DO(#12)"
        if source.top == "src" and _EXCUSE.search(line):
            yield number, "left-over", "an unfinished piece is finished or named in an issue, not excused in passing"


_SHARED_ATOMIC = re.compile(r"\bstd::atomic\s*<\s*std::shared_ptr\b")
_TIME_AND_CHANCE = re.compile(r"::now\(\)|\bsleep_(?:for|until)\b|\brandom_device\b|\b(?:usleep|nanosleep)\s*\("
                              r"|(?<![\w.>])s?rand\s*\(|(?<!\w)::sleep\s*\(")
_THREAD_LOCAL = re.compile(r"\bthread_local\b")
_ATOMIC = re.compile(r"\bstd::atomic\w*\b")
_IMPURE = re.compile(r"\bthrow\b(?!\s+std::bad_alloc\b)|\bco_(?:await|yield|return)\b"
                     r"|\bstd::(?:recursive_|shared_|timed_)?mutex\b|\bstd::j?thread\b|\bstd::condition_variable\w*\b"
                     r"|\bstd::(?:lock_guard|unique_lock|scoped_lock)\b|\b(?:f?printf|fopen|getenv)\s*\(")
_IMPURE_INCLUDE = re.compile(r"^(?:thread|mutex|shared_mutex|condition_variable|iostream|fstream|cstdio|stdio\.h"
                             r"|coroutine|unistd\.h|fcntl\.h|sys/(?!types\.h).*)$")


def banned(source, layers):
    if not source.is_cpp:
        return
    for line, _found in source.find(_SHARED_ATOMIC):
        yield line, "atomic-shared-ptr", "not lock-free here and a race under TSan; publish through rt::Pinned"
    if source.top != "src":
        return
    rules, folder = layers.rules, source.folder
    in_journal = "/journal/" in source.path
    real_time = rules["time_and_chance"] + (rules["tests_in_real_time"] if source.is_test else [])
    if folder not in real_time and source.path not in rules["impure_files"]:
        for line, found in source.find(_TIME_AND_CHANCE):
            yield line, "clock", f"`{found.group().strip()}`: time and chance come through a door (rt::Loop, rt::Random)"
    if folder not in rules["thread_local"]:
        for line, _found in source.find(_THREAD_LOCAL):
            yield line, "thread-local", "only rt has thread_local; pass what belongs to the reactor in"
    if folder not in rules["atomics"] and not in_journal and source.path not in rules["impure_files"]:
        for line, _found in () if source.is_test else source.find(_ATOMIC):
            yield line, "atomic", f"atomics live in {', '.join(rules['atomics'])}, each with the reason for its order"
    if folder in rules["pure"] and source.path not in rules["impure_files"] and not source.is_test:
        for line, found in source.find(_IMPURE, macros=False):
            yield line, "pure", f"`{found.group().strip()}` in {folder}, which is values in, values out; move it outward"
        for line, _quote, included in source.includes:
            if _IMPURE_INCLUDE.match(included):
                yield line, "pure", f"<{included}> in {folder}, which is values in, values out; move it outward"


_LAMBDA = re.compile(r"(?<![\w\])\[])\[(?P<captures>[^\[\]]+)\]\s*(?=[({<]|mutable\b|noexcept\b|->)")
_SUSPENDS = re.compile(r"\bco_(?:await|yield|return)\b")
_STATEMENT = re.compile(r"[^;{}]+")
_CONDITIONAL = re.compile(r"\?[^;]*?(?<!:):(?!:)")
_BINDING = re.compile(r"\bauto\s*&{0,2}\s*\[[^\]]*\]\s*=\s*co_await\b")


def coroutine_forms(source, _):
    if not source.is_cpp or not _SUSPENDS.search(source.code):
        return
    code = source.code
    for found in _LAMBDA.finditer(code):
        if re.search(r"\bauto\s*&{0,2}\s*$", code[max(0, found.start() - 12):found.start()]):
            continue
        opening = code.find("{", found.end())
        if opening < 0 or ";" in code[found.end():opening]:
            continue
        if _SUSPENDS.search(code, opening, source.block_end(opening)):
            yield source.line_of(found.start()), "lambda-coroutine", (
                f"the captures [{found.group('captures').strip()}] die before the coroutine; pass them as arguments")
    for found in _STATEMENT.finditer(code):
        statement = found.group()
        if "co_await" in statement and _CONDITIONAL.search(statement):
            inside = found.start() + statement.index("co_await")
            yield source.line_of(inside), "await-in-conditional", "compilers go wrong with it; write if and else"
    for found in _BINDING.finditer(code):
        yield source.line_of(found.start()), "await-binding", "name the awaited value first, then take it apart"


RULES = [layering, beginning, sizes, left_overs, banned, coroutine_forms]
