// SPDX-License-Identifier: Apache-2.0
// The folder that keeps what lasts (contract, 1): one owner by a lock, the admin token, this gateway's name.
// Opened once at start by the wiring; a process that takes over a running gateway adopts the lock instead.
#pragma once

#include <expected>
#include <string>

#include "rt/doors.h"

namespace reeve::control {

class DataFolder {
 public:
  struct Trouble {
    long owner = 0;    ///< pid of the process that holds the lock; 0 = another trouble
    std::string text;  ///< for people, with what to do next
  };
  /// Makes it (0700) if it is not there, and locks it.
  static std::expected<DataFolder, Trouble> open(std::string path);
  /// The lock's descriptor from the process that held it: the lock is never free in between.
  static std::expected<DataFolder, Trouble> adopt(std::string path, int lock);

  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&& other) noexcept;
  /// Gives the lock up, unless somebody shares its descriptor.
  ~DataFolder();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  int lock() const { return lock_; }

  std::string token_file() const { return file("admin.token"); }
  /// The admin token, made on first use (0600, 32 random bytes in base64url).
  std::expected<std::string, std::string> token(rt::Random& random) const;
  /// This gateway's name in Via and traces, made on first use, kept for ever.
  std::expected<std::string, std::string> instance(rt::Random& random) const;

 private:
  DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

}  // namespace reeve::control
