// SPDX-License-Identifier: Apache-2.0
// The few whole-file operations of the control plane: small files in the data folder. Blocking, control
// thread or CLI only. Errors are texts for people with the system's reason.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>

namespace reeve::control {

/// At most `max` bytes; longer ones are an error.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t max = 64 * 1024);
/// The file appears or changes at once: whoever reads it sees the old text or the new one.
std::expected<void, std::string> write_file(const std::string& path, std::string_view text, mode_t mode);
/// With its parents; the last one gets `mode`, new parents 0755. An existing folder is fine as it is.
std::expected<void, std::string> make_folder(const std::string& path, mode_t mode);

}  // namespace reeve::control
