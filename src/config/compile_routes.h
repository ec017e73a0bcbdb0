// SPDX-License-Identifier: Apache-2.0
// What the files that compile a route share: one route's context, and its parts in the order in which they
// are compiled. Inside config only; the way in is compile.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/compile.h"
#include "config/template_grammar.h"
#include "policy/route.h"
#include "policy/route_table.h"

namespace reeve::config {

/// Everything that compiling one route needs.
struct RouteInput {
  const yaml::Node& node;      ///< the entry of `routes`
  const yaml::Node* defaults;  ///< the mapping `defaults`, or null
  const CompiledUpstreams& upstreams;
  Context& context;
  PathParameters parameters{};

  /// The route's own value, else that of `defaults`; null when neither is there or the one that counts is
  /// bad.
  const yaml::Node* setting(std::string_view key) const;
};

/// match.path, host, methods, headers, query.
void compile_match(RouteInput& input, policy::Route& route);
void compile_headers(const RouteInput& input, policy::Route& route);
std::optional<policy::Cors> compile_cors(const yaml::Node& cors, Context& context);
/// Behind compile_match.
policy::Forward compile_forward(const yaml::Node& forward, const RouteInput& input,
                                const policy::Route& route);
void compile_destination(const RouteInput& input, policy::Route& route);
/// Upper-case tokens that Reeve implements; findings for others.
std::vector<std::string> compile_methods(const yaml::Node& list, Context& context);

}  // namespace reeve::config
