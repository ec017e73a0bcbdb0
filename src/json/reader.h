// SPDX-License-Identifier: Apache-2.0
// JSON text into a tree, for what is read rarely: run.json and the admin API's answers in the CLI, reload
// answers in tests. simdjson's DOM walks and validates every byte; the tree owns its text. Not for request
// bodies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "json/writer.h"

namespace reeve::json {

class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() = default;
  template <class T>
  explicit Value(T value) : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  std::optional<std::string_view> string() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> number() const;
  std::optional<bool> boolean() const;
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  /// Empty when it is no array or object.
  const Array& items() const;
  const Object& members() const;
  /// The member of that name; a null value when there is none, so that look-ups can be chained.
  const Value& operator[](std::string_view name) const;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// The value as the next one of `out`.
void write(const Value& value, Writer& out);

/// Nothing when `text` is not one JSON document, or nested deeper than 64.
std::optional<Value> parse(std::string_view text);

}  // namespace reeve::json
