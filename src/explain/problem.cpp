// SPDX-License-Identifier: Apache-2.0
// Renders problem documents. Members come in the order of the contract's example, so that people find the
// code and the reason where they expect them.
#include "explain/problem.h"

#include "explain/texts.h"
#include "json/writer.h"

namespace reeve::explain {

namespace {

/// "The request is wrong." and "two Host fields" become "The request is wrong: two Host fields."
std::string joined(std::string_view sentence, std::string_view clause) {
  std::string text(sentence);
  if (clause.empty()) return text;
  if (text.ends_with('.')) text.pop_back();
  text.append(": ").append(clause);
  if (!text.ends_with('.')) text.push_back('.');
  return text;
}

/// For text/plain: no byte may act on a terminal or begin a line of its own.
void append_printable(std::string_view text, std::string& out) {
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7f ? '?' : c);
  }
}

}  // namespace

Document document(const Problem& problem) {
  const CodeFacts& code = facts(problem.code);
  const Texts& known = texts(problem.code);
  Document document;
  document.code = code.name;
  document.check = name(code.check);
  document.status = code.status;
  document.title = known.title;
  document.detail = problem.detail.empty() ? known.detail : problem.detail;
  document.context = problem.context;
  document.fix = problem.fix.empty() ? known.fix : problem.fix;
  document.members = problem.members;
  return document;
}

void write_problem_json(const Document& document, std::string& out) {
  const std::string detail = joined(document.detail, document.context);
  std::string type(kTypePrefix);
  type.append(document.code);
  json::Writer json(out);
  json.begin_object()
      .field("type", type)
      .field("title", document.title)
      .field("status", std::uint64_t{document.status})
      .field("detail", detail)
      .field("code", document.code);
  json.key("reasons").begin_array().begin_object().field("code", document.code);
  if (!document.check.empty()) json.field("check", document.check);
  json.field("detail", detail).field("fix", document.fix).end_object().end_array();
  for (const Member& member : document.members) json.key(member.name).raw(member.json);
  json.end_object();
}

void write_problem_text(const Document& document, std::string& out) {
  append_printable(document.title, out);
  out.append(".\n\n");
  append_printable(joined(document.detail, document.context), out);
  out.append("\n\nWhat to do: ");
  append_printable(document.fix, out);
  out.append("\n\nStatus ").append(std::to_string(document.status)).append(", code ").append(document.code);
  out.append("\n");
}

void write_problem_json(const Problem& problem, std::string& out) {
  write_problem_json(document(problem), out);
}
void write_problem_text(const Problem& problem, std::string& out) {
  write_problem_text(document(problem), out);
}

}  // namespace reeve::explain
