// SPDX-License-Identifier: Apache-2.0
#include "config/json_schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/grammar.h"
#include "config/schema.h"
#include "json/writer.h"

namespace reeve::config {

namespace {

using Kind = Shape::Kind;

constexpr std::string_view kVariable = "\\$\\{[A-Z_]";

/// Line breaks and indentation for compact JSON.
std::string indented(std::string_view compact) {
  std::string out;
  int depth = 0;
  bool inside_string = false;
  const auto new_line = [&] { out += "\n" + std::string(static_cast<std::size_t>(depth) * 2, ' '); };
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    const char next = i + 1 < compact.size() ? compact[i + 1] : '\0';
    if (inside_string) {
      out += c;
      if (c == '\\') out += compact[++i];
      if (c == '"') inside_string = false;
      continue;
    }
    const bool empty = (c == '{' && next == '}') || (c == '[' && next == ']');
    if ((c == '}' || c == ']') && !(i > 0 && (compact[i - 1] == '{' || compact[i - 1] == '['))) {
      --depth;
      new_line();
    }
    out += c;
    if (c == '"') inside_string = true;
    if (c == ':') out += ' ';
    if (c == ',') new_line();
    if ((c == '{' || c == '[') && !empty) {
      ++depth;
      new_line();
    }
  }
  return out + "\n";
}

class Generator {
 public:
  std::string run() {
    out_.begin_object();
    out_.field("$schema", "https://json-schema.org/draft/2020-12/schema");
    out_.field("$id", "https://reeve.invalid/reeve.schema.json");
    out_.field("title", "Reeve configuration");
    describe(root_shape());
    out_.end_object();
    return indented(text_);
  }

 private:
  /// The members that say what may stand there; the object is open.
  void describe(const Shape& shape);
  void any_of(const Shape& shape);
  void alternative(const Shape& shape);
  void object(const Shape& shape);
  void pattern(std::string_view regex) { out_.field("type", "string").field("pattern", regex); }
  void variable() {
    out_.begin_object();
    pattern(kVariable);
    out_.end_object();
  }
  void word(std::string_view one) {
    out_.string(one);
    if (parse_integer(one).ok()) out_.raw(one);  // YAML reads 503 as a number
  }

  std::string text_;
  json::Writer out_{text_};
};

void Generator::object(const Shape& shape) {
  out_.field("type", "object").key("properties").begin_object();
  for (const Key& key : shape.keys) {
    out_.key(key.name).begin_object();
    const bool later = key.shape->kind == Kind::Later;
    out_.field("description", later ? fmt::format("{} (not yet)", key.about) : std::string(key.about));
    if (!key.standard.empty()) out_.field("$comment", fmt::format("default: {}", key.standard));
    describe(*key.shape);
    out_.end_object();
  }
  out_.end_object();
  if (std::ranges::any_of(shape.keys, &Key::required)) {
    out_.key("required").begin_array();
    for (const Key& key : shape.keys)
      if (key.required) out_.string(key.name);
    out_.end_array();
  }
  out_.field("additionalProperties", false);
}

/// A scalar that a variable may stand for, or one of several shapes.
void Generator::any_of(const Shape& shape) {
  out_.key("anyOf").begin_array();
  alternative(shape);
  if (shape.scalar != nullptr) {
    out_.begin_object();
    describe(*shape.scalar);
    out_.end_object();
  }
  if (!shape.word.empty()) out_.begin_object().field("const", shape.word).end_object();
  if (shape.kind != Kind::List && shape.kind != Kind::Object) variable();
  out_.end_array();
}

void Generator::alternative(const Shape& shape) {
  out_.begin_object();
  switch (shape.kind) {
    case Kind::Boolean:
      out_.field("type", "boolean");
      break;
    case Kind::Integer:
    case Kind::Size:
      if (shape.words.empty()) {
        out_.field("type", "integer").key("minimum").number(shape.min).key("maximum").number(shape.max);
        break;
      }
      [[fallthrough]];
    case Kind::Enum:
      out_.key("enum").begin_array();
      for (const std::string_view one : shape.words) word(one);
      out_.end_array();
      break;
    case Kind::Duration:
      pattern("^[0-9]*(ms|s|m|h|d)$");
      break;
    case Kind::Percent:
      pattern("^[0-9]+%$");
      break;
    default:
      describe(
          {.kind = shape.kind, .item = shape.item, .keys = shape.keys, .may_be_empty = shape.may_be_empty});
      break;
  }
  out_.end_object();
  if (shape.kind == Kind::Size) {
    out_.begin_object();
    pattern("^[0-9]+(B|KB|MB|GB|KiB|MiB|GiB)?$");
    out_.end_object();
  }
}

void Generator::describe(const Shape& shape) {
  if (shape.scalar != nullptr) return any_of(shape);
  switch (shape.kind) {
    case Kind::Text:
      out_.key("type").begin_array().string("string").string("number").string("boolean").end_array();
      return;
    case Kind::List:
      out_.field("type", "array");
      if (!shape.may_be_empty) out_.field("minItems", std::uint64_t{1});
      out_.key("items").begin_object();
      describe(*shape.item);
      out_.end_object();
      return;
    case Kind::Table:
      out_.field("type", "object").key("additionalProperties").begin_object();
      describe(*shape.item);
      out_.end_object();
      return;
    case Kind::Object:
      return object(shape);
    case Kind::Later:
      out_.key("type").begin_array().string("array").string("object").string("null").end_array();
      out_.field("maxItems", std::uint64_t{0}).field("maxProperties", std::uint64_t{0});
      return;
    default:
      return any_of(shape);
  }
}

}  // namespace

std::string json_schema() {
  return Generator().run();
}

}  // namespace reeve::config
