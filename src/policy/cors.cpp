// SPDX-License-Identifier: Apache-2.0
#include "policy/cors.h"

#include <algorithm>

#include "base/ascii.h"
#include "policy/method_set.h"

namespace reeve::policy {

namespace {

constexpr std::string_view kAlwaysExposed = "Reeve-Decision, Retry-After";

bool holds_any(const std::vector<std::string>& list) {
  return std::ranges::find(list, "*") != list.end();
}

bool origin_listed(const Cors& cors, std::string_view origin) {
  return !origin.empty() &&
         (holds_any(cors.origins) || std::ranges::find(cors.origins, origin) != cors.origins.end());
}

bool method_listed(const std::vector<std::string>& methods, std::string_view method) {
  if (methods.empty() || holds_any(methods)) return true;
  if (method == "HEAD" && std::ranges::find(methods, "GET") != methods.end()) return true;
  return std::ranges::find(methods, method) != methods.end();
}

bool headers_listed(const Cors& cors, std::string_view requested) {
  if (holds_any(cors.headers)) return true;
  return ascii::for_each_element(requested, [&](std::string_view one) {
    return one.empty() || std::ranges::any_of(cors.headers, [&](const std::string& listed) {
             return ascii::iequals(listed, one);
           });
  });
}

std::string join(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& one : list) {
    if (!text.empty()) text += ", ";
    text += one;
  }
  return text;
}

/// "*" is only right where every origin gets the same answer.
bool same_for_all(const Cors& cors) {
  return holds_any(cors.origins) && !cors.credentials;
}

}  // namespace

CorsFields cors_fields(const Cors& cors, std::string_view origin) {
  CorsFields fields;
  fields.vary_origin = !same_for_all(cors);
  if (!origin_listed(cors, origin)) return fields;
  fields.listed = true;
  fields.allow_origin = same_for_all(cors) ? std::string_view("*") : origin;
  fields.expose = cors.expose_value.empty() ? kAlwaysExposed : std::string_view(cors.expose_value);
  fields.credentials = cors.credentials;
  return fields;
}

PreflightFields preflight(const Cors& cors, const std::vector<std::string>& route_methods,
                          std::string_view origin, std::string_view requested_method,
                          std::string_view requested_headers) {
  const std::vector<std::string>& methods = cors.methods.empty() ? route_methods : cors.methods;
  PreflightFields fields;
  if (!origin_listed(cors, origin) || !method_listed(methods, requested_method) ||
      !headers_listed(cors, requested_headers))
    return fields;
  fields.allowed = true;
  fields.allow_origin = same_for_all(cors) ? std::string_view("*") : origin;
  fields.allow_methods =
      methods.empty() || holds_any(methods) ? std::string(requested_method) : join(methods);
  // With '*' the asked-for names are echoed: browsers take a literal '*' for less than everything.
  fields.allow_headers = holds_any(cors.headers) ? std::string(requested_headers) : join(cors.headers);
  fields.credentials = cors.credentials;
  if (cors.max_age)
    fields.max_age =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(*cors.max_age).count());
  return fields;
}

std::string expose_value(const std::vector<std::string>& configured) {
  std::string value(kAlwaysExposed);
  for (const std::string& name : configured) value += ", " + name;
  return value;
}

}  // namespace reeve::policy
