// SPDX-License-Identifier: Apache-2.0
// An answer of the admin API before it is bytes, and how it becomes bytes. Every resource returns one; the
// Admin handler writes it. Small documents only: all are in memory whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/problem.h"
#include "rt/buffer.h"
#include "server/handler.h"

namespace reeve::admin {

inline constexpr std::string_view kJson = "application/json";

struct Answer {
  std::uint16_t status = 200;
  std::string_view type = kJson;
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< beside the usual ones
};

/// RFC 9457 documents, like those of the data plane.
Answer problem(const explain::Document& document);
Answer problem(const explain::Problem& problem);

/// Head and body as they go on the wire, the head alone for HEAD. `keep`: the connection is kept.
rt::Buffer to_bytes(const Answer& answer, const server::Exchange& exchange, bool keep);

}  // namespace reeve::admin
