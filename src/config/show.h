// SPDX-License-Identifier: Apache-2.0
// A configuration as one JSON object for operators (contract, 7, GET /v1/config): what was written, included
// files merged, `${NAME}` unfilled, and without what must not be shown: hashes of keys, passwords, values of
// header fields that carry credentials. Judges nothing.
#pragma once

#include <span>

#include "config/include.h"
#include "json/writer.h"

namespace reeve::config {

/// `files` of a configuration that has been loaded, the main one first. Anything else becomes null.
void show(std::span<const SourceText> files, json::Writer& json);

}  // namespace reeve::config
