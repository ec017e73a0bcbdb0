// SPDX-License-Identifier: Apache-2.0
#include "config/expand.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"

namespace reeve::config {

namespace {

bool is_variable_start(char c) {
  return (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_variable(std::string_view name) {
  return !name.empty() && is_variable_start(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_variable_start(c) || ascii::is_digit(c); });
}

/// Words joined by dots: the form of a request value, whether there is one of that name or not.
bool is_dotted(std::string_view name) {
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name.find('.') != std::string_view::npos;
}

class Expansion {
 public:
  Expansion(yaml::Node& scalar, Context& context) : scalar_(scalar), context_(context) {}

  void run() {
    std::string_view left = scalar_.text;
    while (!scalar_.bad && !left.empty()) {
      const std::size_t dollar = left.find('$');
      out_ += left.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      left.remove_prefix(dollar);
      if (left.starts_with("$${")) {
        literal("${");
        left.remove_prefix(3);
      } else if (left.starts_with("${")) {
        reference(left);
      } else {
        out_ += '$';
        left.remove_prefix(1);
      }
    }
    if (!scalar_.bad) scalar_.text = std::move(out_);
  }

 private:
  void literal(std::string_view text) {
    for (const char c : text) {
      if (c == '$') scalar_.literal_dollars.push_back(static_cast<std::uint32_t>(out_.size()));
      out_ += c;
    }
  }
  void fail(std::string_view rule, std::string text, std::string fix) {
    context_.findings.error(rule, scalar_.at, std::move(text), std::move(fix));
    scalar_.bad = true;
  }
  void reference(std::string_view& left);

  yaml::Node& scalar_;
  Context& context_;
  std::string out_;
};

void Expansion::reference(std::string_view& left) {
  const std::size_t end = left.find('}');
  if (end == std::string_view::npos)
    return fail(rule::kBadValue, fmt::format("`${{` is not closed in {}", quoted(scalar_.text)),
                "close it with }, or write $${ for the characters themselves");
  const std::string_view whole = left.substr(0, end + 1);
  const std::string_view inside = whole.substr(2, whole.size() - 3);
  left.remove_prefix(whole.size());
  if (is_dotted(inside)) {
    scalar_.has_request_value = true;
    out_ += whole;
    return;
  }
  const std::size_t colon = inside.find(":-");
  const std::string name(inside.substr(0, colon));
  if (!is_variable(name))
    return fail(
        rule::kBadValue,
        fmt::format("{} is neither an environment variable (upper case) nor a request value", quoted(whole)),
        "write ${NAME}, a request value such as ${client.ip}, or $${ for the characters themselves");
  std::optional<std::string> value = context_.variable(name);
  const bool has_default = colon != std::string_view::npos;
  if (has_default && (!value || value->empty())) value = std::string(inside.substr(colon + 2));
  if (!value)
    return fail(rule::kEnvUnset, fmt::format("the environment variable {} is not set", name),
                fmt::format("set it, or give a default: ${{{}:-value}}", name));
  scalar_.plain = true;
  literal(*value);
}

}  // namespace

void expand(yaml::Node& scalar, Context& context) {
  if (scalar.text.find('$') == std::string::npos) return;
  Expansion(scalar, context).run();
}

}  // namespace reeve::config
