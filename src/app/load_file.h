// SPDX-License-Identifier: Apache-2.0
// A configuration file with the files and the environment of this process, as commands load it.
// config/load.h has the meaning; this only opens the doors.
#pragma once

#include <string>

#include "config/load.h"

namespace reeve::app {

/// To be asked about.
config::LoadResult load_file(const std::string& file);
/// To be served: warnings of the audit are found too, and memory that the load needed is given back.
config::LoadResult load_to_serve(const std::string& file);

}  // namespace reeve::app
