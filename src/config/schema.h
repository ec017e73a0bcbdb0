// SPDX-License-Identifier: Apache-2.0
// Every key of the contract, once: what may stand there, in which range, what holds when it is absent, what
// it is for, and whether this Reeve enforces it already. The generic checks (schema_check.h) and the JSON
// Schema for editors (json_schema.h) are both driven by it; meaning beyond the shape is judged where a
// section is compiled.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace reeve::config {

struct Key;

struct Shape {
  enum class Kind : std::uint8_t {
    Text,
    Boolean,
    Integer,   ///< with `words`: only these
    Duration,  ///< min and max in nanoseconds
    Size,      ///< bytes
    Percent,
    Enum,    ///< one of `words`; one of `later_words` is `not-yet`
    List,    ///< of `item`
    Table,   ///< names that the user gives, each an `item`
    Object,  ///< the keys of `keys`
    Later,   ///< known, not enforced yet: only an empty value is accepted
  };
  Kind kind = Kind::Text;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view word = {};  ///< also accepted in place of the number: auto, none, off
  std::span<const std::string_view> words = {};
  std::span<const std::string_view> later_words = {};
  const Shape* item = nullptr;
  std::span<const Key> keys = {};
  const Shape* scalar = nullptr;   ///< List or Object: what a scalar in its place may be
  bool may_be_empty = true;        ///< List, Table
  bool request_values = false;     ///< Text: `${caller.team}` and the like are filled in
  std::string_view expected = {};  ///< Text: what it is, for people
};

struct Key {
  std::string_view name;
  const Shape* shape;
  std::string_view about;          ///< one line for editors
  std::string_view standard = {};  ///< what holds when it is absent
  bool required = false;
};

/// The whole file.
const Shape& root_shape();
/// One entry of `routes`.
const Shape& route_shape();

}  // namespace reeve::config
