# SPDX-License-Identifier: Apache-2.0
# Each house rule has a case that it must find and one beside it that it must not. Run by `make test`, or alone:
# /usr/bin/python3 -m unittest discover -s tools -p '*_test.py'
import pathlib
import sys
import tempfile
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tidy
import tidy_code
import tidy_source

LAYERS = tidy_code.Layers(tomllib.loads((pathlib.Path(__file__).parent / "layers.toml").read_text()))
TOP = "// SPDX-License-Identifier: Apache-2.0\n// What it is.\n// Where it is.\n"
H_TOP = TOP + "#pragma once\n"


def rules_found(files):
    """Names of the rules that find something in a tree of these files (path -> text)."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return [(path, line, rule) for path, line, rule, _ in tidy.check(root, sorted(files), LAYERS)]


class HouseRules(unittest.TestCase):
    def assert_found(self, rule, path, text, line=None):
        hits = [found for found in rules_found({path: text}) if found[2] == rule and found[0] == path]
        self.assertTrue(hits, f"{rule} does not see it")
        if line is not None:
            self.assertIn(line, [hit[1] for hit in hits])

    def assert_quiet(self, rule, path, text):
        hits = [found for found in rules_found({path: text}) if found[2] == rule]
        self.assertEqual(hits, [], f"{rule} sees what is not there")

    def test_a_folder_includes_what_its_arrows_reach(self):
        self.assert_quiet("layer", "src/exchange/a.cpp", TOP + '#include "http/message.h"\n#include "base/error.h"\n')
        self.assert_quiet("layer", "src/upstream/a.cpp", TOP + '#include "rt/task.h"\n')  # through exchange

    def test_a_folder_includes_nothing_else(self):
        self.assert_found("layer", "src/http/a.cpp", TOP + '#include "rt/task.h"\n', line=4)
        self.assert_found("layer", "src/proxy/a.cpp", TOP + '#include "net/socket.h"\n')
        self.assert_found("layer", "src/base/a.cpp", TOP + "#include <http/message.h>\n")

    def test_tests_may_use_the_simulator_and_test_support_and_code_may_not(self):
        include = '#include "sim/memory_stream.h"\n#include "tests/support/bytes.h"\n'
        self.assert_quiet("layer", "src/exchange/a_test.cpp", TOP + include)
        self.assert_found("layer", "src/exchange/a.cpp", TOP + include)

    def test_the_simulator_is_kept_from_the_real_doors(self):
        self.assert_found("layer", "sim/a.cpp", TOP + '#include "net/socket.h"\n')
        self.assert_quiet("layer", "sim/a.cpp", TOP + '#include "proxy/serve_request.h"\n#include "sim/b.h"\n')

    def test_a_new_folder_is_named_in_the_layers(self):
        self.assert_found("layer-unknown", "src/surprise/a.cpp", TOP)
        self.assert_quiet("layer-unknown", "src/base/a.cpp", TOP)

    def test_includes_name_the_folder(self):
        self.assert_found("include-form", "src/base/a.cpp", TOP + '#include "error.h"\n')
        self.assert_quiet("include-form", "src/base/a.cpp", TOP + "#include <vector>\n")

    def test_files_begin_with_spdx(self):
        self.assert_found("spdx", "src/base/a.cpp", "// What it is.\n")
        self.assert_quiet("spdx", "src/base/a.cpp", TOP)
        self.assert_quiet("spdx", "tools/a.sh", "#!/bin/sh\n" + TOP.replace("//", "#"))
        self.assert_found("spdx", "tools/a.sh", "#!/bin/sh\ntrue\n")

    def test_files_say_what_they_are_in_a_few_lines(self):
        short = "// SPDX-License-Identifier: Apache-2.0\n// What it is.\n\n"
        self.assert_found("header", "src/base/a.h", short + "#pragma once\n")
        self.assert_found("header", "src/base/a.cpp", TOP + "// more\n" * 7)
        self.assert_quiet("header", "src/base/a.h", H_TOP)
        self.assert_quiet("header", "src/base/a_test.cpp", short)
        beside = rules_found({"src/base/a.cpp": short, "src/base/a.h": H_TOP})
        self.assertNotIn("header", [rule for _, _, rule in beside])

    def test_headers_are_included_once(self):
        self.assert_found("pragma-once", "src/base/a.h", TOP)
        self.assert_quiet("pragma-once", "src/base/a.h", H_TOP)

    def test_files_are_not_long(self):
        self.assert_found("file-length", "src/base/a.cpp", TOP + "int x;\n" * 498)
        self.assert_quiet("file-length", "src/base/a.cpp", TOP + "int x;\n" * 497)
        self.assert_quiet("file-length", "src/base/a.cpp", TOP + "// table: of codes\n" + "int x;\n" * 600)
        self.assert_quiet("file-length", "src/base/a_test.cpp", TOP + "int x;\n" * 700)
        self.assert_found("file-length", "src/base/a_test.cpp", TOP + "int x;\n" * 800)

    def test_functions_are_not_long(self):
        body = "  step();\n"
        for head in ("void f() {\n", "Task<void> Server::f(int a, B b) const noexcept {\n",
                     "template <class T>\nauto g(T t) -> decltype(t.x()) {\n", "A::A(int x) : x_(x), y_{x} {\n"):
            text = TOP + "namespace reeve {\nclass B;\n" + head
            self.assert_found("function-length", "src/base/a.cpp", text + body * 125 + "}\n}\n", line=6)
            self.assert_quiet("function-length", "src/base/a.cpp", text + body * 100 + "}\n}\n")
        long_ok = TOP + "// long: one switch over all codes\nvoid f() {\n" + body * 130 + "}\n"
        self.assert_quiet("function-length", "src/base/a.cpp", long_ok)
        switch = TOP + "int f(int x) {\n  switch (x) {\n" + "    case 1:\n      return 2;\n" * 80 + "  }\n}\n"
        self.assert_quiet("function-length", "src/base/a.cpp", switch)
        self.assert_quiet("function-length", "src/base/a.h", H_TOP + "struct A {\n" + "  int f() { return 1; }\n" * 130 + "};\n")

    def test_left_overs(self):
        self.assert_found("left-over", "src/base/a.cpp", TOP + "// FIX" "ME\n")
        self.assert_found("left-over", "tools/a.py", "# X" "XX\n")
        self.assert_found("left-over", "src/base/a.cpp", TOP + "// TO" "DO later\n")
        self.assert_quiet("left-over", "src/base/a.cpp", TOP + "// TO" "DO(#12): later\n")
        self.assert_found("left-over", "src/base/a.cpp", TOP + "// for" " now it is so\n")
        self.assert_quiet("left-over", "docs/a.md", "for" " now\n")

    def test_shared_pointers_are_not_atomic(self):
        self.assert_found("atomic-shared-ptr", "src/rt/a.cpp", TOP + "std::atomic<std::shared_ptr<int>> p;\n")
        self.assert_quiet("atomic-shared-ptr", "src/rt/a.cpp", TOP + "std::atomic<int> p; // std::atomic<std::shared_ptr>\n")

    def test_time_and_chance_come_through_a_door(self):
        for call in ("auto t = std::chrono::steady_clock::now();", "std::this_thread::sleep_for(t);",
                     "std::random_device d;", "int i = rand();"):
            self.assert_found("clock", "src/proxy/a.cpp", TOP + call + "\n")
            self.assert_quiet("clock", "src/net/a.cpp", TOP + call + "\n")
        self.assert_quiet("clock", "src/proxy/a.cpp", TOP + "auto t = loop.now(); x.rand();\nvoid A::sleep(int);\n")
        self.assert_quiet("clock", "src/telemetry/a_test.cpp", TOP + "usleep(1);\n")
        self.assert_found("clock", "src/proxy/a_test.cpp", TOP + "usleep(1);\n")

    def test_thread_local_is_the_engines(self):
        self.assert_found("thread-local", "src/net/a.cpp", TOP + "thread_local int x;\n")
        self.assert_quiet("thread-local", "src/rt/a.cpp", TOP + "thread_local int x;\n")

    def test_atomics_live_in_few_folders(self):
        self.assert_found("atomic", "src/proxy/a.cpp", TOP + "std::atomic<int> x;\n")
        self.assert_quiet("atomic", "src/telemetry/a.cpp", TOP + "std::atomic<int> x;\n")
        self.assert_quiet("atomic", "src/proxy/a_test.cpp", TOP + "std::atomic<int> x;\n")

    def test_pure_folders_are_pure(self):
        for line in ("throw 1;", "co_await x;", "std::mutex m;", "std::thread t;", "printf(\"x\");"):
            self.assert_found("pure", "src/policy/a.cpp", TOP + "void f() { " + line + " }\n")
            self.assert_quiet("pure", "src/net/a.cpp", TOP + "void f() { " + line + " }\n")
        self.assert_found("pure", "src/http/a.cpp", TOP + "#include <fstream>\n")
        self.assert_quiet("pure", "src/http/a.cpp", TOP + '// throw\nauto s = "co_await"; throw std::bad_alloc();\n')

    def test_no_capturing_lambda_is_a_coroutine(self):
        self.assert_found("lambda-coroutine", "src/net/a.cpp",
                          TOP + "auto f = [this, &x](int y) -> Task<void> {\n  co_await g(y);\n};\n", line=4)
        self.assert_quiet("lambda-coroutine", "src/net/a.cpp",
                          TOP + "auto f = [](int y) -> Task<void> { co_await g(y); };\n"
                                "auto h = [&](int y) { return y; };\nco_await g(a[1]);\n")

    def test_no_await_in_a_conditional(self):
        self.assert_found("await-in-conditional", "src/net/a.cpp", TOP + "auto x = y ? co_await a() : co_await b();\n")
        self.assert_quiet("await-in-conditional", "src/net/a.cpp",
                          TOP + "auto x = co_await std::a(); auto z = y ? 1 : 2;\n")

    def test_no_binding_of_an_awaited_value(self):
        self.assert_found("await-binding", "src/net/a.cpp", TOP + "auto [a, b] = co_await c();\n")
        self.assert_quiet("await-binding", "src/net/a.cpp", TOP + "auto pair = co_await c(); auto& [a, b] = pair;\n")

    def test_folders_have_telling_names(self):
        self.assert_found("folder-name", "src/base/util/a.h", H_TOP)
        self.assert_quiet("folder-name", "src/base/text/a.h", H_TOP)
        self.assert_found("file-name", "src/base/CamelCase.h", H_TOP)

    def test_readmes_are_there_and_short(self):
        self.assert_found("readme", "src/base/README.md", "x\n" * 41)
        found = rules_found({"README.md": "x\n" * 150, "src/base/README.md": "x\n" * 40, "src/base/a.h": H_TOP})
        self.assertNotIn("readme", [rule for _, _, rule in found])
        self.assertIn(("src/base/README.md", 1, "readme"), rules_found({"README.md": "x", "src/base/a.h": H_TOP}))

    def test_no_path_of_somebodys_machine(self):
        self.assert_found("machine-path", "docs/a.md", "see\n/wor" "k/shared\n", line=2)
        self.assert_found("machine-path", "tools/a.py", "x = '/ho" "me/ann/reeve'\n")
        self.assert_quiet("machine-path", "docs/a.md", "a framework/thing ../shared/study build/release\n")

    def test_every_fuzz_target_has_a_corpus(self):
        self.assert_found("corpus", "fuzz/h1_fuzz.cpp", TOP)
        found = rules_found({"fuzz/h1_fuzz.cpp": TOP, "fuzz/corpus/h1/get": "GET / HTTP/1.1\r\n\r\n"})
        self.assertNotIn("corpus", [rule for _, _, rule in found])

    def test_every_parser_is_reached_by_a_fuzz_target(self):
        files = {"src/http/a.h": H_TOP + "int parse_a(int);\n", "src/http/b.h": H_TOP + "int b(int);\n",
                 "src/http/b.cpp": TOP + '#include "http/a.h"\n', "fuzz/b_fuzz.cpp": TOP + '#include "http/b.h"\n'}
        self.assertNotIn("fuzz", [rule for _, _, rule in rules_found(files)])
        files["src/http/b.cpp"] = TOP
        self.assertIn(("src/http/a.h", 5, "fuzz"), rules_found(files))


class SourceText(unittest.TestCase):
    def test_comments_and_literals_are_blanked_in_place(self):
        source = tidy_source.Source("src/base/a.cpp", 'a("x // y"); // z\nR"(throw)" b(\'"\', 1\'000, "q");\n/* t\n */c\n')
        self.assertEqual(len(source.code), len(source.text))
        self.assertEqual(source.code.split(), ["a(", ");", "b(", ",", "1'000,", ");", "c"])


if __name__ == "__main__":
    unittest.main()
