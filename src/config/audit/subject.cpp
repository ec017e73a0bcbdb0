// SPDX-License-Identifier: Apache-2.0
#include "config/audit/subject.h"

#include <algorithm>

#include <fmt/format.h>

namespace reeve::config::audit {

const yaml::Node* Subject::setting(std::size_t route, std::string_view key) const {
  // A file without errors has one route for each entry, in their order.
  const yaml::Node& own = root.find("routes")->items[route];
  if (const yaml::Node* value = own.find(key)) return value;
  const yaml::Node* defaults = root.find("defaults");
  return defaults == nullptr ? nullptr : defaults->find(key);
}

const yaml::Node* Subject::value(std::string_view section, std::string_view key) const {
  const yaml::Node* node = root.find(section);
  return node == nullptr ? nullptr : node->find(key);
}

std::string example_path(const policy::PathPattern& pattern) {
  using Kind = policy::PathPattern::Kind;
  std::string path;
  for (const policy::PathPattern::Segment& segment : pattern.segments) {
    path += '/';
    if (segment.kind != Kind::Literal) path += 'x';
    if (segment.kind == Kind::Literal || segment.kind == Kind::ParameterWithSuffix) path += segment.text;
  }
  return path;
}

std::string example_host(std::string_view pattern) {
  if (pattern.empty()) return "localhost";
  return pattern.starts_with("*.") ? "x" + std::string(pattern.substr(1)) : std::string(pattern);
}

std::string Subject::request(std::string_view method, std::string_view host, std::string_view path) const {
  const bool secure = std::ranges::all_of(snapshot.listeners, [](const policy::Listener& listener) {
    return listener.tls || listener.redirect_to_https;
  });
  return quoted(fmt::format("{} {}://{}{}", method, secure ? "https" : "http", host, path));
}

std::string Subject::request(const policy::Route& route) const {
  return request(route.methods.empty() ? std::string_view("GET") : std::string_view(route.methods.front()),
                 example_host(route.hosts.empty() ? std::string_view() : route.hosts.front().text),
                 route.paths.empty() ? "/" : example_path(route.paths.front().pattern));
}

}  // namespace reeve::config::audit
