// SPDX-License-Identifier: Apache-2.0
// The explanation for people, from the document that the admin API answers. A line a check; skipped ones are
// left out. Everything that came with a request is made printable.
#pragma once

#include <string>

#include "json/reader.h"

namespace reeve::app {

std::string explanation_text(const json::Value& document);

}  // namespace reeve::app
