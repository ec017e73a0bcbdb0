// SPDX-License-Identifier: Apache-2.0
// Reading a tree that the table of keys has checked: what is absent or was found fault with is nothing, so
// that the compiling half says only what it alone can judge.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "base/ip.h"
#include "base/time.h"
#include "config/context.h"
#include "config/yaml/node.h"

namespace reeve::config {

/// The value at that key, or null when it is absent or bad.
const yaml::Node* get(const yaml::Node& object, std::string_view key);

std::optional<bool> boolean(const yaml::Node& object, std::string_view key);
/// None for the word that may stand instead (`auto`).
std::optional<std::int64_t> integer(const yaml::Node& object, std::string_view key);
std::optional<std::int64_t> size(const yaml::Node& object, std::string_view key);
std::optional<std::int64_t> percent(const yaml::Node& object, std::string_view key);
/// None for the word that may stand instead (`none`).
std::optional<Duration> duration(const yaml::Node& object, std::string_view key);
std::optional<std::string> text(const yaml::Node& object, std::string_view key);

/// An address to listen on; a finding and nothing when it is none.
std::optional<Endpoint> address(const yaml::Node& value, Context& context);
/// The bytes of a file that is named there; a finding and nothing when it cannot be read.
std::optional<std::string> referenced_file(const yaml::Node& value, Context& context);
/// An address or a CIDR without host bits; a finding and nothing when it is none. `words` may stand there
/// too.
std::optional<IpNetwork> network(const yaml::Node& value, std::span<const std::string_view> words,
                                 Context& context);
/// A host or `*.suffix` in the form that is compared; a finding and nothing when it is none.
std::optional<std::string> host_pattern(const yaml::Node& value, Context& context);
/// Whether that may name something (rules, 2, "Names"); else a finding. `what` is "a route" and the like.
bool check_name(std::string_view name, SourcePos at, std::string_view what, Context& context);
/// A header name, lower case; a finding and nothing when it is none.
std::optional<std::string> field_name(std::string_view name, SourcePos at, Context& context);
/// Whether a header value may be sent as it is; else a finding.
bool field_value(std::string_view value, SourcePos at, Context& context);

}  // namespace reeve::config
