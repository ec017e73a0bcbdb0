// SPDX-License-Identifier: Apache-2.0
#include "config/template_grammar.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/path_grammar.h"
#include "config/suggest.h"

namespace reeve::config {

namespace {

using policy::RequestValue;
using policy::Template;

struct Known {
  std::string_view name;
  RequestValue value;
};
constexpr std::array<Known, 12> kKnown{{
    {"caller.name", RequestValue::CallerName},
    {"caller.team", RequestValue::CallerTeam},
    {"caller.organisation", RequestValue::CallerOrganisation},
    {"key.id", RequestValue::KeyId},
    {"client.ip", RequestValue::ClientIp},
    {"request.id", RequestValue::RequestId},
    {"decision.id", RequestValue::DecisionId},
    {"route.name", RequestValue::RouteName},
    {"request.host", RequestValue::RequestHost},
    {"request.path", RequestValue::RequestPath},
    {"request.query", RequestValue::RequestQuery},
    {"request.scheme", RequestValue::RequestScheme},
}};

class Parser {
 public:
  Parser(const yaml::Node& node, const PathParameters& parameters, Braces braces, Context& context)
      : node_(node), parameters_(parameters), braces_(braces), context_(context) {}

  std::optional<Template> run() {
    const std::string_view text = node_.text;
    for (std::size_t i = 0; i < text.size() && fine_;) {
      const std::string_view left = text.substr(i);
      if (left.starts_with("${") && !std::ranges::binary_search(node_.literal_dollars, i)) {
        const std::size_t end = left.find('}');
        // The expansion has seen to it that it is closed.
        request_value(left.substr(2, std::min(end, left.size()) - 2));
        i += std::min(end, left.size() - 1) + 1;
      } else if (braces_ == Braces::Parameters && (left[0] == '{' || left[0] == '}')) {
        const std::size_t end = left[0] == '{' ? left.find('}') : std::string_view::npos;
        if (end == std::string_view::npos) {
          fail(rule::kBadValue, fmt::format("the braces in {} do not pair up", quoted(text)),
               "{name} stands for a parameter of match.path; write %7B and %7D for the characters");
          break;
        }
        parameter(left.substr(1, end - 1), left.substr(0, end + 1));
        i += end + 1;
      } else {
        literal_ += left[0];
        ++i;
      }
    }
    if (!fine_) return std::nullopt;
    if (!literal_.empty()) template_.pieces.push_back({std::move(literal_), false});
    return std::move(template_);
  }

 private:
  void fail(std::string_view rule, std::string text, std::string fix) {
    context_.findings.error(rule, node_.at, std::move(text), std::move(fix));
    fine_ = false;
  }
  void push(RequestValue value, std::size_t parameter) {
    template_.pieces.push_back({std::move(literal_), true, value, static_cast<std::uint16_t>(parameter)});
    literal_.clear();
  }
  void request_value(std::string_view name) {
    if (name.starts_with("path.")) return parameter(name.substr(5), fmt::format("${{{}}}", name));
    const auto known = std::ranges::find(kKnown, name, &Known::name);
    if (known != kKnown.end()) return push(known->value, 0);
    std::vector<std::string_view> names;
    for (const Known& k : kKnown) names.push_back(k.name);
    fail(rule::kUnknownName,
         fmt::format("there is no request value {}{}", quoted(name), did_you_mean(name, names)),
         fmt::format("known are {}, and path.<name>", alternatives(names)));
  }
  void parameter(std::string_view name, std::string_view written) {
    const auto found = std::ranges::find(parameters_.names, name);
    const auto index = static_cast<std::size_t>(found - parameters_.names.begin());
    if (found != parameters_.names.end() && parameters_.in_every_path[index])
      return push(RequestValue::PathParameter, index);
    if (found != parameters_.names.end())
      return fail(rule::kUnknownName,
                  fmt::format("not every path of this route has the parameter {}", quoted(name)),
                  "give each of its paths that parameter, or make two routes");
    const std::vector<std::string_view> names(parameters_.names.begin(), parameters_.names.end());
    fail(
        rule::kUnknownName,
        fmt::format("{} names no parameter of match.path{}", quoted(written), did_you_mean(name, names)),
        names.empty() ? "the route's path has no parameters" : fmt::format("it has {}", alternatives(names)));
  }

  const yaml::Node& node_;
  const PathParameters& parameters_;
  Braces braces_;
  Context& context_;
  bool fine_ = true;
  std::string literal_;
  Template template_;
};

}  // namespace

std::optional<Template> parse_template(const yaml::Node& text, const PathParameters& parameters,
                                       Braces braces, Context& context) {
  return Parser(text, parameters, braces, context).run();
}

}  // namespace reeve::config
