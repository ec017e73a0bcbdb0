// SPDX-License-Identifier: Apache-2.0
#include "config/path_grammar.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/finding.h"
#include "http/path.h"

namespace reeve::config {

namespace {

using policy::PathPattern;
using Fault = std::unexpected<PathFault>;

constexpr std::size_t kSegmentsMax = 255;

Fault fault(std::string text, std::string fix) {
  return Fault(PathFault{std::move(text), std::move(fix)});
}

/// Stands for the n-th parameter while the literals around it are brought to normal form.
std::string stand_in(std::size_t n) {
  return fmt::format("~~{}~~", n);
}

std::expected<PathPattern::Segment, PathFault> parse_segment(std::string_view text, bool last) {
  if (text.find_first_of("{}") == std::string_view::npos)
    return PathPattern::Segment{PathPattern::Kind::Literal, std::string(text), {}};
  const std::size_t close = text.find('}');
  std::string_view name = text.substr(1, close == std::string_view::npos ? 0 : close - 1);
  const std::string_view after =
      close == std::string_view::npos ? std::string_view{} : text.substr(close + 1);
  const bool rest = name.ends_with("...");
  if (rest) name.remove_suffix(3);
  const bool shape = text.front() == '{' && close != std::string_view::npos && is_parameter_name(name) &&
                     after.find_first_of("{}") == std::string_view::npos &&
                     (after.empty() || (after.size() > 1 && after.front() == ':' && !rest));
  if (!shape)
    return fault(fmt::format("the segment {} is no path template", quoted(text)),
                 "a segment is a literal, {name}, {name}:literal or, as the last one, {name...}");
  if (rest && !last)
    return fault(fmt::format("{} takes the whole rest, so it must be the last segment", quoted(text)),
                 fmt::format("write {{{}}} for a single segment", name));
  const auto kind = rest            ? PathPattern::Kind::Rest
                    : after.empty() ? PathPattern::Kind::Parameter
                                    : PathPattern::Kind::ParameterWithSuffix;
  return PathPattern::Segment{kind, std::string(after), std::string(name)};
}

/// The text with the parameters `names` put back in.
std::string put_back(std::string text, const std::vector<std::string>& parameters) {
  for (std::size_t n = 0; n < parameters.size(); ++n) {
    const std::string mark = stand_in(n);
    if (const std::size_t at = text.find(mark); at != std::string::npos)
      text.replace(at, mark.size(), parameters[n]);
  }
  return text;
}

std::expected<void, PathFault> check_normal(const std::string& literal, std::string_view text,
                                            const std::vector<std::string>& parameters) {
  http::Path path;
  if (const http::PathFlaw flaw = http::normalise(literal, path); flaw != http::PathFlaw::None)
    return fault(fmt::format("no request could have the path {}: {}", quoted(text), http::describe(flaw)),
                 "write the path as it stands in a URL, percent-encoded where needed");
  if (path.text != literal)
    return fault(fmt::format("{} is not in normal form, so nothing would ever match it", quoted(text)),
                 fmt::format("write {}", put_back(std::string(path.text), parameters)));
  return {};
}

std::expected<void, PathFault> check_beginning(std::string_view text) {
  if (!text.starts_with('/'))
    return fault(fmt::format("the path {} does not begin with /", quoted(text)),
                 fmt::format("write /{}", text));
  if (const std::size_t query = text.find('?'); query != std::string_view::npos)
    return fault(fmt::format("{} holds a query, which is not part of the path", quoted(text)),
                 fmt::format("write {}; `match.query` asks for parameters", text.substr(0, query)));
  return {};
}

}  // namespace

bool is_parameter_name(std::string_view text) {
  return !text.empty() && (ascii::is_alpha(text[0]) || text[0] == '_') &&
         std::ranges::all_of(
             text, [](char c) { return ascii::is_alpha(c) || ascii::is_digit(c) || c == '_' || c == '-'; });
}

std::expected<void, PathFault> check_literal_path(std::string_view text) {
  if (auto fine = check_beginning(text); !fine) return fine;
  return check_normal(std::string(text), text, {});
}

std::expected<PathPattern, PathFault> parse_path_template(std::string_view text) {
  if (auto fine = check_beginning(text); !fine) return std::unexpected(fine.error());
  PathPattern pattern;
  std::string literal;
  std::vector<std::string> parameters;
  std::set<std::string, std::less<>> names;
  for (std::string_view left = text.substr(1);;) {
    const std::size_t slash = left.find('/');
    const std::string_view written = left.substr(0, slash);
    auto segment = parse_segment(written, slash == std::string_view::npos);
    if (!segment) return std::unexpected(segment.error());
    literal += '/';
    if (segment->kind != PathPattern::Kind::Literal) {
      if (!names.insert(segment->name).second)
        return fault(fmt::format("the parameter {} stands twice in {}", quoted(segment->name), quoted(text)),
                     "give the second one another name");
      literal += stand_in(parameters.size());
      parameters.emplace_back(written.substr(0, written.find('}') + 1));
    }
    literal += segment->text;
    pattern.segments.push_back(std::move(*segment));
    if (pattern.segments.size() > kSegmentsMax)
      return fault(fmt::format("the path has more than {} segments", kSegmentsMax), "use {rest...}");
    if (slash == std::string_view::npos) break;
    left.remove_prefix(slash + 1);
  }
  if (auto fine = check_normal(literal, text, parameters); !fine) return std::unexpected(fine.error());
  return pattern;
}

}  // namespace reeve::config
