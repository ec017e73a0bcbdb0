// SPDX-License-Identifier: Apache-2.0
// The audit as a whole: a page for each rule, silence where nothing is wrong, and what is left out.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/audit/audit_test_support.h"
#include "config/render_findings.h"
#include "config/system_doors.h"

namespace reeve::config::audit {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(AuditRules, EachHasAPageAndEachPageARule) {
  std::set<std::string> rules;
  for (const Rule* rule : kRules) {
    EXPECT_TRUE(rules.emplace(rule->id).second) << rule->id << " is there twice";
    EXPECT_NE(rule->severity, Severity::Error) << rule->id;
  }
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator("docs/audit"))
    if (entry.path().filename() != "README.md") pages.insert(entry.path().stem());
  EXPECT_EQ(rules, pages);
}

TEST(AuditRules, TheTableOfThePagesIsThatOfTheRules) {
  const std::string table = read("docs/audit/README.md");
  for (const Rule* rule : kRules) {
    const std::string row =
        fmt::format("| [`{0}`]({0}.md) | {1} | {2} |", rule->id, name(rule->severity), rule->about);
    EXPECT_NE(table.find(row), std::string::npos) << row;
    const std::string page = read(fmt::format("docs/audit/{}.md", rule->id));
    EXPECT_TRUE(page.starts_with(fmt::format("# {}\n\n{}: ", rule->id, name(rule->severity)))) << rule->id;
    for (const std::string_view part : {"\n## Example\n", "\n## Why\n", "\n## Mend\n"})
      EXPECT_NE(page.find(part), std::string::npos) << rule->id << " lacks" << part;
  }
}

TEST(AuditRules, AGoodFileIsLeftAlone) {
  EXPECT_EQ(told(audited("")), "");
  EXPECT_EQ(
      told(audited("routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: {} } ]\n")),
      "");
  EXPECT_EQ(told(audited(fmt::format("upstreams: {{ posts: {{ targets: [ \"http://127.0.0.1:9000\" ] }} }}\n"
                                     "roles: {{ reader: [ posts:read ] }}\nlimits: {{ reading: {{ rate: "
                                     "100/1m, burst: 20, per: caller }} }}\n"
                                     "routes:\n  - {{ name: posts, match: {{ path: [ /posts, "
                                     "\"/posts/{{rest...}}\" ] }}, authenticate: [ key ], "
                                     "require: [ posts:read ], limits: [ reading ], upstream: posts }}\n"
                                     "callers: [ {{ name: ann, roles: [ reader ], keys: [ {} ] }} ]\n",
                                     key("AnnReads")))),
            "");
}

TEST(AuditRules, TheExamplesHaveNoWarning) {
  const SystemEnvironment environment;
  for (const char* path : {"examples/hello/reeve.yaml", "examples/posts/reeve.yaml"}) {
    SystemFiles files;
    const LoadResult result = load(path, environment, files, Audit{kNow});
    EXPECT_TRUE(result.ok() && !result.any_warning()) << findings_text(result.findings, result.files);
  }
}

TEST(AuditRules, HintsCanBeLeftOutAndAFileWithErrorsIsNotAudited) {
  const std::string_view file =
      "trusted_proxies: [ 0.0.0.0/0 ]\nroles: { r: [ a:b ] }\nroutes: [ { name: a, match: { path: /a }, "
      "authenticate: "
      "[ none ], respond: {} } ]\n";
  EXPECT_EQ(told(audited(file, false)), "trusted-everybody? 1:20");
  EXPECT_EQ(told(audited(file)), "trusted-everybody? 1:20, unused 2:10, grant-opens-nothing 2:15");
  EXPECT_EQ(told(Asked{}.load(file)), "");
  EXPECT_EQ(told(audited(std::string(file) + "lisen: []\n")), "unknown-key 4:1");
}

}  // namespace
}  // namespace reeve::config::audit
