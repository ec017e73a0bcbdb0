// SPDX-License-Identifier: Apache-2.0
#include "config/schema_check.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "config/expand.h"
#include "config/grammar.h"
#include "config/suggest.h"

namespace reeve::config {

namespace {

using yaml::Node;

std::string_view written(const Node& node) {
  if (node.is_sequence()) return "a list";
  if (node.is_mapping()) return "a mapping";
  return node.is_blank() ? "nothing" : "a single value";
}

std::string expectation(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::Text:
      return std::string(shape.expected);
    case Shape::Kind::Boolean:
      return "true or false";
    case Shape::Kind::Integer:
      return shape.word.empty() ? "a whole number" : fmt::format("a whole number or `{}`", shape.word);
    case Shape::Kind::Duration:
      return shape.word.empty() ? "a duration such as 30s"
                                : fmt::format("a duration such as 30s, or `{}`", shape.word);
    case Shape::Kind::Size:
      return "a size such as 64KiB";
    case Shape::Kind::Percent:
      return "a percentage such as 50%";
    case Shape::Kind::Enum:
      return alternatives(shape.words);
    case Shape::Kind::List:
      return shape.scalar != nullptr ? fmt::format("{} or a list", expectation(*shape.scalar)) : "a list";
    case Shape::Kind::Table:
    case Shape::Kind::Object:
    case Shape::Kind::Later:
      return shape.scalar != nullptr ? fmt::format("{} or a mapping", expectation(*shape.scalar))
                                     : "a mapping";
  }
  return "a value";
}

std::string duration_text(std::int64_t nanoseconds) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {86'400'000'000'000, "d"}, {3'600'000'000'000, "h"}, {60'000'000'000, "m"}, {1'000'000'000, "s"}};
  for (const auto& [factor, unit] : kUnits)
    if (nanoseconds >= factor && nanoseconds % factor == 0)
      return fmt::format("{}{}", nanoseconds / factor, unit);
  return nanoseconds == 0 ? "0s" : fmt::format("{}ms", nanoseconds / 1'000'000);
}

std::string range_text(const Shape& shape) {
  if (shape.kind == Shape::Kind::Duration)
    return fmt::format("{} to {}", duration_text(shape.min), duration_text(shape.max));
  if (shape.kind == Shape::Kind::Percent) return fmt::format("{}% to {}%", shape.min, shape.max);
  return fmt::format("{} to {}", shape.min, shape.max);
}

/// Nothing is asked for: no value, an empty list or mapping, or a mapping of only empty lists. An empty
/// mapping further inside is a use: it declares what it is named (`organisations: { acme: {} }`), but for
/// `global`.
bool is_no_use(const Node& node, bool declares) {
  if (node.is_scalar()) return false;
  if (node.is_sequence()) return node.items.empty();
  if (node.entries.empty()) return !declares;
  return std::ranges::all_of(node.entries,
                             [&](const yaml::Entry& entry) { return is_no_use(entry.value, declares); });
}
bool is_no_use(const yaml::Entry& entry) {
  const Node& value = entry.value;
  if (value.is_scalar())
    return value.plain && (value.text.empty() || value.text == "~" || value.text == "null");
  return (value.is_mapping() && value.entries.empty()) || is_no_use(value, entry.key != "global");
}

class Checker {
 public:
  explicit Checker(Context& context) : context_(context) {}

  void check(Node& node, const Shape& shape);

 private:
  void error(std::string_view rule, Node& node, std::string text, std::string fix) {
    context_.findings.error(rule, node.at, std::move(text), std::move(fix));
    node.bad = true;
  }
  void wrong_type(Node& node, const Shape& shape);
  void object(Node& node, const Shape& shape);
  void table(Node& node, const Shape& shape);
  void list(Node& node, const Shape& shape);
  void scalar(Node& node, const Shape& shape);
  void number(Node& node, const Shape& shape);
  void word(Node& node, const Shape& shape);
  void later(const yaml::Entry& entry);
  void empty_allow(const Node& list, std::string_view of);
  bool repeated(yaml::Entry& entry, std::unordered_map<std::string_view, SourcePos>& seen);

  Context& context_;
};

void Checker::wrong_type(Node& node, const Shape& shape) {
  std::string fix = fmt::format("write {}", expectation(shape));
  if (shape.kind == Shape::Kind::List && node.is_scalar() && !node.is_blank())
    fix = fmt::format("write [ {} ]", node.text);
  if (shape.kind == Shape::Kind::List && node.is_blank())
    fix = "write [] for an empty list, or remove the key";
  if ((shape.kind == Shape::Kind::Object || shape.kind == Shape::Kind::Table) && node.is_blank())
    fix = "write its keys below it, indented, or remove the key";
  error(rule::kWrongType, node, fmt::format("expected {}, found {}", expectation(shape), written(node)),
        std::move(fix));
}

bool Checker::repeated(yaml::Entry& entry, std::unordered_map<std::string_view, SourcePos>& seen) {
  const auto [first, fresh] = seen.emplace(entry.key, entry.key_at);
  if (fresh) return false;
  context_.findings.error(
      rule::kDuplicateKey, entry.key_at,
      fmt::format("the key {} is already at {}", quoted(entry.key), context_.place(first->second)),
      "keep one of the two");
  entry.value.bad = true;
  return true;
}

/// `deny: []` is nothing; a list of what is allowed that allows nothing is a mistake (rules, 2).
void Checker::empty_allow(const Node& list, std::string_view of) {
  if (!list.is_sequence() || !list.items.empty()) return;
  context_.findings.error(rule::kEmptyAllow, list.at, fmt::format("{} is empty: it would let nobody in", of),
                          "list addresses, or remove it to let everybody in");
}

void Checker::later(const yaml::Entry& entry) {
  if (!is_no_use(entry)) {
    context_.findings.error(
        rule::kNotYet, entry.key_at,
        fmt::format("`{}` is known, but this version does not enforce it yet", entry.key),
        "remove it: nothing is let through on the strength of a rule that is not enforced");
    return;
  }
  if (entry.key == "networks") {
    for (const yaml::Entry& inner : entry.value.entries)
      if (inner.key != "deny") empty_allow(inner.value, fmt::format("`{}`", inner.key));
  } else if (entry.key == "global") {
    const Node* networks = entry.value.find("networks");
    const Node* allow = networks == nullptr ? nullptr : networks->find("allow");
    if (allow != nullptr) empty_allow(*allow, "`allow`");
  }
}

void Checker::object(Node& node, const Shape& shape) {
  std::unordered_map<std::string_view, SourcePos> seen;
  for (yaml::Entry& entry : node.entries) {
    if (repeated(entry, seen)) continue;
    const auto key = std::ranges::find(shape.keys, entry.key, &Key::name);
    if (key == shape.keys.end()) {
      std::vector<std::string_view> names;
      for (const Key& known : shape.keys) names.push_back(known.name);
      const auto near = nearest(entry.key, names);
      context_.findings.error(
          rule::kUnknownKey, entry.key_at,
          fmt::format("unknown key {}{}", quoted(entry.key), did_you_mean(entry.key, names)),
          near ? fmt::format("rename it to `{}`", *near)
               : fmt::format("remove it; known here: {}", alternatives(names)));
      entry.value.bad = true;
    } else if (key->shape->kind == Shape::Kind::Later) {
      later(entry);
      entry.value.bad = true;
    } else {
      check(entry.value, *key->shape);
    }
  }
  for (const Key& key : shape.keys)
    if (key.required && !seen.contains(key.name))
      context_.findings.error(rule::kMissingKey, node.first_key(),
                              fmt::format("the key `{}` is missing", key.name),
                              fmt::format("add `{}`: {}", key.name, key.about));
}

void Checker::table(Node& node, const Shape& shape) {
  std::unordered_map<std::string_view, SourcePos> seen;
  for (yaml::Entry& entry : node.entries) {
    if (entry.key.find('$') != std::string::npos) {
      Node key;
      key.text = entry.key;
      key.at = entry.key_at;
      expand(key, context_);
      entry.key = std::move(key.text);
    }
    if (repeated(entry, seen)) continue;
    check(entry.value, *shape.item);
  }
}

void Checker::list(Node& node, const Shape& shape) {
  if (node.items.empty() && !shape.may_be_empty)
    return error(rule::kBadValue, node, "an empty list is of no use here",
                 fmt::format("list at least one, or remove the key; expected {}", expectation(*shape.item)));
  for (Node& item : node.items) check(item, *shape.item);
}

void Checker::word(Node& node, const Shape& shape) {
  if (std::ranges::find(shape.words, node.text) != shape.words.end()) return;
  if (std::ranges::find(shape.later_words, node.text) != shape.later_words.end())
    return error(rule::kNotYet, node,
                 fmt::format("{} is known, but this version does not do it yet", quoted(node.text)),
                 fmt::format("write {}", alternatives(shape.words)));
  error(rule::kBadValue, node,
        fmt::format("{} is not one of the words that may stand here{}", quoted(node.text),
                    did_you_mean(node.text, shape.words)),
        fmt::format("write {}", alternatives(shape.words)));
}

void Checker::number(Node& node, const Shape& shape) {
  if (!shape.word.empty() && node.text == shape.word) return;
  const bool integer = shape.kind == Shape::Kind::Integer;
  const Number number = integer                               ? parse_integer(node.text)
                        : shape.kind == Shape::Kind::Duration ? parse_duration(node.text)
                        : shape.kind == Shape::Kind::Size     ? parse_size(node.text)
                                                              : parse_percent(node.text);
  const bool negative =
      node.text.starts_with('-') && parse_integer(std::string_view(node.text).substr(1)).ok();
  if (number.flaw == Number::Flaw::Syntax && !(integer && negative)) {
    std::string fix = fmt::format("write {}", expectation(shape));
    if (shape.kind == Shape::Kind::Duration && parse_integer(node.text).ok())
      fix = fmt::format("name the unit: {0}s or {0}ms", node.text);
    if (shape.kind == Shape::Kind::Percent && parse_integer(node.text).ok())
      fix = fmt::format("write {}%", node.text);
    return error(integer ? rule::kWrongType : rule::kBadValue, node,
                 fmt::format("expected {}, found {}", expectation(shape), quoted(node.text)), std::move(fix));
  }
  if (!number.ok() || number.value < shape.min || number.value > shape.max)
    return error(rule::kOutOfRange, node, fmt::format("{} is out of range", quoted(node.text)),
                 fmt::format("write a value from {}", range_text(shape)));
  if (!shape.words.empty()) word(node, shape);
}

void Checker::scalar(Node& node, const Shape& shape) {
  if (node.is_blank()) return wrong_type(node, shape);
  expand(node, context_);
  if (node.bad) return;
  if (node.has_request_value && !shape.request_values)
    return error(rule::kBadValue, node,
                 fmt::format("request values are not filled in here: {}", quoted(node.text)),
                 "write the text itself, or $${ for the characters ${");
  switch (shape.kind) {
    case Shape::Kind::Boolean:
      if (!node.plain || (node.text != "true" && node.text != "false" && node.text != "True" &&
                          node.text != "False" && node.text != "TRUE" && node.text != "FALSE"))
        error(rule::kWrongType, node, fmt::format("expected true or false, found {}", quoted(node.text)),
              "write true or false, without quotes");
      return;
    case Shape::Kind::Enum:
      return word(node, shape);
    case Shape::Kind::Integer:
    case Shape::Kind::Duration:
    case Shape::Kind::Size:
    case Shape::Kind::Percent:
      return number(node, shape);
    default:
      return;
  }
}

void Checker::check(Node& node, const Shape& shape) {
  if (node.is_scalar() && shape.scalar != nullptr && !node.is_blank()) return check(node, *shape.scalar);
  switch (shape.kind) {
    case Shape::Kind::Object:
      return node.is_mapping() ? object(node, shape) : wrong_type(node, shape);
    case Shape::Kind::Table:
      return node.is_mapping() ? table(node, shape) : wrong_type(node, shape);
    case Shape::Kind::List:
      return node.is_sequence() ? list(node, shape) : wrong_type(node, shape);
    case Shape::Kind::Later:
      return;
    default:
      return node.is_scalar() ? scalar(node, shape) : wrong_type(node, shape);
  }
}

}  // namespace

void check_shape(Node& node, const Shape& shape, Context& context) {
  Checker(context).check(node, shape);
}

}  // namespace reeve::config
