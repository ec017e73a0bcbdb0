// SPDX-License-Identifier: Apache-2.0
// A credential where no route looks for one (rules, 3, "Misplaced"): asked only when no proper place holds a
// value, to tell the caller what to move. Nothing that is found here is ever used. One pass over fields and
// query. Pure.
#pragma once

#include <string_view>

#include "http/message.h"
#include "policy/credential.h"

namespace reeve::identity {

struct Misplaced {
  policy::CredentialPlace place = policy::CredentialPlace::None;  ///< None: there is none
  std::string_view context = {};                                  ///< static text
};

/// Of several the first in this order: Authorization without scheme or of a scheme that is not looked at, a
/// key as user name of Basic, an `rv_…` token in a query value, a cookie, any other field.
Misplaced find_misplaced(const http::RequestHead& head);

}  // namespace reeve::identity
