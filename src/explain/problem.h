// SPDX-License-Identifier: Apache-2.0
// The body of every answer that Reeve itself makes: an RFC 9457 problem document (contract, 4.1), or the same
// as plain text. Written where a request is refused (proxy) and by the admin API; `instance` comes with the
// decisions. Pure. Whatever is given here is shown to the client: never a credential or a query value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

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

/// One cause of a refusal (contract, 4.1): a check that failed, or one exhausted limit. What is empty is left
/// out.
struct Reason {
  std::string_view code;
  std::string_view check;
  std::string detail;
  std::string fix;
  std::vector<std::string_view> missing = {};  ///< permissions
  std::string_view limit = {};                 ///< name of the exhausted one
  std::optional<WallTime> resets_at = {};      ///< when it admits requests again
  std::string_view slip = {};                  ///< of a malformed key
  std::uint16_t slip_at = 0;                   ///< counted from 1; 0 = not known
  std::optional<WallTime> expired_at = {};
  std::string at = {};  ///< `file:line:column`, at full disclosure only
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
  std::string_view instance = {};  ///< the decision's urn; empty = none
  /// Instead of the one reason that the members above make.
  std::optional<std::span<const Reason>> reasons = {};
};

/// With the texts of its code filled in.
Document document(const Problem& problem);

/// Both append to `out`.
void write_problem_json(const Problem& problem, std::string& out);
void write_problem_text(const Problem& problem, std::string& out);
void write_problem_json(const Document& document, std::string& out);
void write_problem_text(const Document& document, std::string& out);

}  // namespace reeve::explain
