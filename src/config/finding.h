// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration, where, and what to do about it (rules, 1). Collected over the whole
// load, so that one run shows every problem. Ids are those of the rules; positions index the load's list of
// files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_pos.h"

namespace reeve::config {

enum class Severity : std::uint8_t { Error, Warning, Info };
std::string_view name(Severity severity);

/// The ids of the loader (rules, 1); those of the audit are in audit/rules.h.
namespace rule {
inline constexpr std::string_view kYamlSyntax = "yaml-syntax";
inline constexpr std::string_view kUnknownKey = "unknown-key";
inline constexpr std::string_view kDuplicateKey = "duplicate-key";
inline constexpr std::string_view kWrongType = "wrong-type";
inline constexpr std::string_view kMissingKey = "missing-key";
inline constexpr std::string_view kUnknownName = "unknown-name";
inline constexpr std::string_view kOutOfRange = "out-of-range";
inline constexpr std::string_view kBadValue = "bad-value";
inline constexpr std::string_view kDuplicateName = "duplicate-name";
inline constexpr std::string_view kRouteTie = "route-tie";
inline constexpr std::string_view kEmptyAllow = "empty-allow";
inline constexpr std::string_view kNoneWithRequire = "none-with-require";
inline constexpr std::string_view kNotYet = "not-yet";
inline constexpr std::string_view kEnvUnset = "env-unset";
inline constexpr std::string_view kInclude = "include";
inline constexpr std::string_view kExpectFailed = "expect-failed";
inline constexpr std::string_view kNeedsRestart = "needs-restart";
}  // namespace rule

struct Finding {
  Severity severity = Severity::Error;
  std::string rule;
  SourcePos at;
  std::string text;  ///< what is wrong
  std::string fix;   ///< what to do next

  bool operator==(const Finding&) const = default;
};

class Findings {
 public:
  void error(std::string_view rule, SourcePos at, std::string text, std::string fix);
  void warning(std::string_view rule, SourcePos at, std::string text, std::string fix);
  void info(std::string_view rule, SourcePos at, std::string text, std::string fix);

  /// A value that nobody who reads findings need know: where it stands in one, `shown` stands instead.
  void hide(std::string_view value, std::string shown);

  bool any_error() const { return errors_ != 0; }
  /// In the order of files, lines, columns; what was said twice (an alias, a default) once. Leaves none here.
  std::vector<Finding> take_sorted();

 private:
  struct Hidden {
    std::string value;  ///< as quoted() writes it
    std::string shown;
  };
  void add(Severity severity, std::string_view rule, SourcePos at, std::string text, std::string fix);
  std::string without_secrets(std::string text) const;

  std::vector<Hidden> hidden_;
  std::vector<Finding> found_;
  std::size_t errors_ = 0;
};

/// A text of the file as it is quoted to people: cut where it is long, control characters made visible.
std::string quoted(std::string_view text);

}  // namespace reeve::config
