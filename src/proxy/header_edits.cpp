// SPDX-License-Identifier: Apache-2.0
#include "proxy/header_edits.h"

#include <algorithm>

#include "base/ascii.h"

namespace reeve::proxy {

namespace {

constexpr std::size_t kFieldOverhead = 4;  // ": " and CRLF

bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const std::string& one) { return ascii::iequals(one, name); });
}

}  // namespace

RenderedEdits::RenderedEdits(const policy::HeaderEdits& edits, const policy::ValueSource& values)
    : edits_(edits) {
  const auto render = [&](const policy::HeaderEdits::Edit& edit) {
    Field field{edit.name, {}};
    policy::render(edit.value, values, field.value);
    if (field.value.empty()) return;
    room_ += field.name.size() + field.value.size() + kFieldOverhead;
    fields_.push_back(std::move(field));
  };
  for (const auto& edit : edits.set) render(edit);
  for (const auto& edit : edits.add) render(edit);
}

bool RenderedEdits::drops(std::string_view name) const {
  return names(edits_.remove, name) ||
         std::ranges::any_of(edits_.set, [&](const policy::HeaderEdits::Edit& edit) {
           return ascii::iequals(edit.name, name);
         });
}

bool RenderedEdits::keeps(std::string_view name) const {
  return names(edits_.keep, name);
}

void RenderedEdits::write(http::HeadWriter& out) const {
  for (const Field& field : fields_) out.field(field.name, field.value);
}

}  // namespace reeve::proxy
