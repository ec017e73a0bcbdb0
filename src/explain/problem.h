// SPDX-License-Identifier: Apache-2.0
// The body of every answer that Reeve itself makes: an RFC 9457 problem document (contract, 4.1), or the same
// as plain text. Written where a request is refused (proxy) and by the admin API; `instance` comes with the
// decisions. Pure. Whatever is given here is shown to the client: never a credential or a query value.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace reeve::explain {

inline constexpr std::string_view kJsonType = "application/problem+json";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
/// With the code's name behind it, the `type` of a problem.
inline constexpr std::string_view kTypePrefix = "https://reeve.invalid/problems/";

/// A further member of the document, behind `reasons`.
struct Member {
  std::string_view name;
  std::string_view json;  ///< valid JSON text, as json::Writer makes it
};

struct Problem {
  Code code;
  /// A whole sentence instead of the code's own.
  std::string_view detail = {};
  /// A clause that says what exactly was seen (Error::context), joined to the detail; may be empty.
  std::string_view context = {};
  /// Instead of the code's own.
  std::string_view fix = {};
  std::span<const Member> members = {};
};

/// A problem whose code is not in base/error.h: those of the admin API. All views are texts for people but
/// `code`.
struct Document {
  std::string_view code;
  std::string_view check;  ///< empty = none: `reasons` then has no `check`
  std::uint16_t status = 500;
  std::string_view title;
  std::string_view detail;
  std::string_view context;
  std::string_view fix;
  std::span<const Member> members = {};
};

/// With the texts of its code filled in.
Document document(const Problem& problem);

/// Both append to `out`.
void write_problem_json(const Problem& problem, std::string& out);
void write_problem_text(const Problem& problem, std::string& out);
void write_problem_json(const Document& document, std::string& out);
void write_problem_text(const Document& document, std::string& out);

}  // namespace reeve::explain
