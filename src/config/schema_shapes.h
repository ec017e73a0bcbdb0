// SPDX-License-Identifier: Apache-2.0
// What the table of keys is written with: makers of shapes, and the shapes that several sections share.
// Inside config only, for the schema_*.cpp files; schema.h is for everybody.
#pragma once

#include "config/schema.h"

namespace reeve::config {

using Kind = Shape::Kind;
using Word = std::string_view;

inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1000 * kMillisecond;
inline constexpr std::int64_t kDay = 86'400 * kSecond;
inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;

constexpr Shape text(Word expected) {
  return {.kind = Kind::Text, .expected = expected};
}
constexpr Shape filled(Word expected) {
  return {.kind = Kind::Text, .request_values = true, .expected = expected};
}
constexpr Shape integer(std::int64_t min, std::int64_t max, Word word = {}) {
  return {.kind = Kind::Integer, .min = min, .max = max, .word = word};
}
constexpr Shape duration(std::int64_t min, std::int64_t max, Word word = {}) {
  return {.kind = Kind::Duration, .min = min, .max = max, .word = word};
}
constexpr Shape size(std::int64_t min, std::int64_t max) {
  return {.kind = Kind::Size, .min = min, .max = max};
}
constexpr Shape one_of(std::span<const Word> words, std::span<const Word> later = {}) {
  return {.kind = Kind::Enum, .words = words, .later_words = later};
}
constexpr Shape list_of(const Shape& item, bool may_be_empty = true, const Shape* scalar = nullptr) {
  return {.kind = Kind::List, .item = &item, .scalar = scalar, .may_be_empty = may_be_empty};
}
constexpr Shape table_of(const Shape& item) {
  return {.kind = Kind::Table, .item = &item};
}
constexpr Shape object(std::span<const Key> keys, const Shape* scalar = nullptr) {
  return {.kind = Kind::Object, .keys = keys, .scalar = scalar};
}

inline constexpr Shape kLater{.kind = Kind::Later};
inline constexpr Shape kBoolean{.kind = Kind::Boolean};
inline constexpr Shape kText = text("a text");
inline constexpr Shape kTexts = list_of(kText);
inline constexpr Shape kFile = text("a file, relative to the main configuration file");
inline constexpr Shape kFieldName = text("a header name");
inline constexpr Shape kFieldNames = list_of(kFieldName);
inline constexpr Shape kWait = duration(kMillisecond, kDay);  // a wait that may end a request
inline constexpr Shape kGrace = duration(0, kDay);            // one that may be nothing
inline constexpr Shape kWeight = integer(1, 1'000'000);

// schema_access.cpp
extern const Shape kCallers;
extern const Shape kDisclosure;
extern const Shape kEnvironment;
extern const Shape kExpects;
extern const Shape kGlobal;
extern const Shape kLimitNames;
extern const Shape kLimits;
extern const Shape kNetworkRule;
extern const Shape kNetworks;
extern const Shape kOrganisations;
extern const Shape kPermissions;
extern const Shape kRoles;
extern const Shape kTeams;
extern const Shape kWindows;

}  // namespace reeve::config
