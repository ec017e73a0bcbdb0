// SPDX-License-Identifier: Apache-2.0
// What a refused reader is told, for each code: what happened and what to do next. One table, total over the
// codes; texts speak to the developer whose request was refused and name no internals of the operator's.
// Pure data, used by problem.h; other languages and tiers of readers are no business of this table.
#pragma once

#include <string_view>

#include "base/error.h"

namespace reeve::explain {

struct Texts {
  std::string_view title;   ///< the same for every occurrence (RFC 9457, 3.1.3); no full stop
  std::string_view detail;  ///< one sentence; a context may be joined to it
  std::string_view fix;     ///< what the reader does next
};

/// Total over the enumeration.
const Texts& texts(Code code);

}  // namespace reeve::explain
