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

void write(const Reason& reason, json::Writer& json) {
  json.begin_object().field("code", reason.code);
  if (!reason.check.empty()) json.field("check", reason.check);
  json.field("detail", reason.detail).field("fix", reason.fix);
  if (!reason.missing.empty()) {
    json.key("missing").begin_array();
    for (const std::string_view permission : reason.missing) json.string(permission);
    json.end_array();
  }
  if (!reason.limit.empty()) json.field("limit", reason.limit);
  if (reason.resets_at) json.field("resets_at", to_rfc3339_seconds(*reason.resets_at));
  if (!reason.slip.empty()) json.field("slip", reason.slip);
  if (reason.slip_at != 0) json.field("slip_at", std::uint64_t{reason.slip_at});
  if (reason.expired_at) json.field("expired_at", to_rfc3339_seconds(*reason.expired_at));
  if (!reason.at.empty()) json.field("at", reason.at);
  json.end_object();
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
  constexpr std::size_t kUsual = 1024;  // one or two reasons
  out.reserve(out.size() + kUsual);
  json::Writer json(out);
  json.begin_object()
      .field("type", type)
      .field("title", document.title)
      .field("status", std::uint64_t{document.status})
      .field("detail", detail);
  if (!document.instance.empty()) json.field("instance", document.instance);
  json.field("code", document.code).key("reasons").begin_array();
  if (document.reasons) {
    for (const Reason& reason : *document.reasons) write(reason, json);
  } else {
    write(
        {.code = document.code, .check = document.check, .detail = detail, .fix = std::string(document.fix)},
        json);
  }
  json.end_array();
  for (const Member& member : document.members) json.key(member.name).raw(member.json);
  json.end_object();
}

void write_problem_text(const Document& document, std::string& out) {
  append_printable(document.title, out);
  out.append(".\n");
  if (document.reasons && !document.reasons->empty()) {
    for (const Reason& reason : *document.reasons) {
      out.append("\n");
      append_printable(reason.detail, out);
      out.append("\nWhat to do: ");
      append_printable(reason.fix, out);
      out.append("\n");
    }
  } else {
    out.append("\n");
    append_printable(joined(document.detail, document.context), out);
    out.append("\nWhat to do: ");  // as above: nothing tells a hidden route from none
    append_printable(document.fix, out);
    out.append("\n");
  }
  out.append("\nStatus ").append(std::to_string(document.status)).append(", code ").append(document.code);
  if (!document.instance.empty()) out.append(", ").append(document.instance);
  out.append("\n");
}

void write_problem_json(const Problem& problem, std::string& out) {
  write_problem_json(document(problem), out);
}
void write_problem_text(const Problem& problem, std::string& out) {
  write_problem_text(document(problem), out);
}

}  // namespace reeve::explain
