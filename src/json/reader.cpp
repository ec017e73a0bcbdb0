// SPDX-License-Identifier: Apache-2.0
#include "json/reader.h"

#include <simdjson.h>

namespace reeve::json {

namespace {

constexpr std::size_t kDepthMax = 64;
namespace dom = simdjson::dom;

Value convert(const dom::element& element) {
  switch (element.type()) {
    case dom::element_type::ARRAY: {
      Value::Array items;
      for (const dom::element item : dom::array(element)) items.push_back(convert(item));
      return Value(std::move(items));
    }
    case dom::element_type::OBJECT: {
      Value::Object members;
      for (const auto member : dom::object(element))
        members.emplace_back(std::string(member.key), convert(member.value));
      return Value(std::move(members));
    }
    case dom::element_type::INT64:
      return Value(std::int64_t(element));
    case dom::element_type::UINT64:  // only beyond int64
      return Value(static_cast<double>(std::uint64_t(element)));
    case dom::element_type::DOUBLE:
      return Value(double(element));
    case dom::element_type::STRING:
      return Value(std::string(std::string_view(element)));
    case dom::element_type::BOOL:
      return Value(bool(element));
    case dom::element_type::NULL_VALUE:
      return Value();
  }
  return Value();
}

}  // namespace

std::optional<std::string_view> Value::string() const {
  const auto* text = std::get_if<std::string>(&value_);
  return text == nullptr ? std::nullopt : std::optional<std::string_view>(*text);
}

std::optional<std::int64_t> Value::integer() const {
  const auto* value = std::get_if<std::int64_t>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> Value::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*whole);
  const auto* value = std::get_if<double>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<bool> Value::boolean() const {
  const auto* value = std::get_if<bool>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

const Value::Array& Value::items() const {
  static const Array kEmpty;
  const auto* items = std::get_if<Array>(&value_);
  return items == nullptr ? kEmpty : *items;
}

const Value::Object& Value::members() const {
  static const Object kEmpty;
  const auto* members = std::get_if<Object>(&value_);
  return members == nullptr ? kEmpty : *members;
}

const Value& Value::operator[](std::string_view name) const {
  static const Value kNull;
  for (const auto& [key, value] : members())
    if (key == name) return value;
  return kNull;
}

std::optional<Value> parse(std::string_view text) {
  dom::parser parser;
  dom::element root;
  if (parser.allocate(text.size(), kDepthMax) != simdjson::SUCCESS) return std::nullopt;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  return convert(root);
}

void write(const Value& value, Writer& out) {
  constexpr int kDigits = 6;
  if (const auto text = value.string()) {
    out.string(*text);
  } else if (const auto whole = value.integer()) {
    out.number(*whole);
  } else if (const auto number = value.number()) {
    out.number(*number, kDigits);
  } else if (const auto truth = value.boolean()) {
    out.boolean(*truth);
  } else if (value.is_null()) {
    out.null();
  } else if (value.is_array()) {
    out.begin_array();
    for (const Value& item : value.items()) write(item, out);
    out.end_array();
  } else {
    out.begin_object();
    for (const auto& [name, member] : value.members()) write(member, out.key(name));
    out.end_object();
  }
}

}  // namespace reeve::json
