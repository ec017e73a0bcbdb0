// SPDX-License-Identifier: Apache-2.0
// A path template (contract, 2, "Which route") taken apart into segments, as plain data. config makes it; the
// route table matches by it, explanations show it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reeve::policy {

/// A path template taken apart: `/users/{id}:verb/{rest...}`.
struct PathPattern {
  enum class Kind : std::uint8_t { Literal, ParameterWithSuffix, Parameter, Rest };
  struct Segment {
    Kind kind;
    std::string text;  ///< the literal, or the `:literal` after `{x}`, with its colon
    std::string name;  ///< of the parameter; not part of what is matched
  };
  std::vector<Segment> segments;  ///< a trailing slash is an empty literal last one

  /// Index of the parameter of that name, counted over the parameters alone, or -1.
  int parameter(std::string_view name) const;
  /// Their names, in order.
  std::vector<std::string> parameter_names() const;
  /// As it would be written in a configuration.
  std::string to_string() const;
};

}  // namespace reeve::policy
