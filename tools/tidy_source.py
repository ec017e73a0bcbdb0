# SPDX-License-Identifier: Apache-2.0
# A source file as the house rules see it: its lines, the same text with comments and literals blanked out (so that
# a banned word inside a message is no finding), its includes, its functions. Pure text work, no compiler: a rule that
# needs types belongs to clang-tidy.
import functools
import pathlib
import re

CODE_ENDINGS = (".cpp", ".h", ".py", ".sh")

_NOT_CODE = re.compile(
    r"""//(?:\\\n|[^\n])*
      | /\*.*?\*/
      | R"(?P<fence>[^()\\\s]{0,16})\(.*?\)(?P=fence)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'
    """, re.X | re.S)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_SCOPE = re.compile(r"\b(?:namespace|extern)\b")
_TYPE = re.compile(r"\b(?:class|struct|union|enum)\b(?!.*\)\s*(?:const|noexcept|override|final|->[^{]*)?\s*$)", re.S)
# A parameter list (or a lambda's captures), then specifiers, a return type or member initialisers, up to the brace.
_FUNCTION = re.compile(r"[)\]][^=;]*$")


def _blank(match):
    return "".join(character if character == "\n" else " " for character in match.group())


class Source:
    def __init__(self, path, text):
        self.path = path  # relative to the root, with /
        self.text = text
        self.name = pathlib.PurePosixPath(path).name
        parts = path.split("/")
        self.top = parts[0]
        self.folder = parts[1] if self.top == "src" and len(parts) > 2 else None
        self.is_cpp = path.endswith((".cpp", ".h"))
        self.is_test = self.name.endswith(("_test.cpp", "_bench.cpp", "_test.py")) or self.top == "tests"

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @functools.cached_property
    def code(self):
        """The text without comments and literals; every position stays where it was."""
        return _NOT_CODE.sub(_blank, self.text)

    @functools.cached_property
    def code_outside_macros(self):
        return _DIRECTIVE.sub(_blank, self.code)

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1

    @functools.cached_property
    def includes(self):
        """(line, "<" or '"', name) of each include."""
        return [(self.line_of(found.start()), found.group(1), found.group(2))
                for found in _INCLUDE.finditer(self.text)]

    def find(self, pattern, macros=True):
        for found in pattern.finditer(self.code if macros else self.code_outside_macros):
            yield self.line_of(found.start()), found

    def block_end(self, opening):
        """Where the brace that opens at this position closes."""
        depth = 0
        for found in re.compile(r"[{}]").finditer(self.code, opening):
            depth += 1 if found.group() == "{" else -1
            if depth == 0:
                return found.end()
        return len(self.code)

    def functions(self):
        """(first line, last line) of each function body that lies in no other function."""
        code = self.code_outside_macros
        position = boundary = 0
        brace = re.compile(r"[{};]")
        while found := brace.search(code, position):
            position = found.end()
            if found.group() == "{":
                head = code[boundary:found.start()]
                if not _SCOPE.search(head) and not _TYPE.search(head):
                    end = self.block_end(found.start())
                    if re.match(r"\s*[,{]", code[end:end + 80]):  # a member initialiser: the body is still to come
                        position = end
                        continue
                    if _FUNCTION.search(head):
                        first = boundary + len(head) - len(head.lstrip())
                        yield self.line_of(first), self.line_of(end - 1)
                    position = end
            boundary = position


def read_sources(root, paths):
    for path in paths:
        if path.endswith(CODE_ENDINGS):
            try:
                yield Source(path, (root / path).read_text(encoding="utf-8", errors="replace"))
            except FileNotFoundError:
                continue  # deleted, not yet committed
