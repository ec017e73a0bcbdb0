// SPDX-License-Identifier: Apache-2.0
#include "control/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "control/files.h"
#include "crypto/token.h"

namespace reeve::control {

namespace {

long pid_in(int lock) {
  std::array<char, 16> text;
  const ssize_t n = ::pread(lock, text.data(), text.size(), 0);
  if (n <= 0) return 0;
  std::string_view digits(text.data(), static_cast<std::size_t>(n));
  while (!digits.empty() && digits.back() == '\n') digits.remove_suffix(1);
  return ascii::parse_decimal<long>(digits).value_or(0);
}

/// Tells other processes whom to ask; the lock itself does not need it.
void write_pid(int lock) {
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock, 0) == 0) [[maybe_unused]]
    const ssize_t n = ::pwrite(lock, text.data(), text.size(), 0);
}

std::string random_text(rt::Random& random, std::size_t bytes) {
  std::string raw(bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(raw)));
  return crypto::to_base64url({reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()});
}

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::expected<DataFolder, DataFolder::Trouble> DataFolder::open(std::string path) {
  if (const auto made = make_folder(path, 0700); !made)
    return std::unexpected(Trouble{0, made.error() + "; make it possible, or set another folder under data"});
  const std::string name = path + "/lock";
  const int lock = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return std::unexpected(
        Trouble{0, fmt::format("cannot open {}: {}; give this user the folder, or set another under data",
                               name, std::strerror(errno))});
  DataFolder folder(std::move(path), lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0) {
    write_pid(lock);
    return folder;
  }
  if (errno != EWOULDBLOCK)
    return std::unexpected(Trouble{0, fmt::format("cannot lock {}: {}; use a file system that knows locks",
                                                  name, std::strerror(errno))});
  const long owner = pid_in(lock);
  return std::unexpected(Trouble{
      owner,
      fmt::format(
          "the data folder {} belongs to the running process {}; stop that one, take over from it with "
          "'reeve run --upgrade', or set another folder under data",
          folder.path_, owner)});
}

std::expected<DataFolder, DataFolder::Trouble> DataFolder::adopt(std::string path, int lock) {
  DataFolder folder(std::move(path), lock);
  // The descriptor shares the old process's lock, so this succeeds at once if it really is that lock.
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0)
    return std::unexpected(
        Trouble{0, fmt::format("the running process passed no valid lock of {}; stop it and start "
                               "without --upgrade",
                               folder.path_)});
  write_pid(lock);
  return folder;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder& DataFolder::operator=(DataFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataFolder::~DataFolder() {
  if (lock_ >= 0) ::close(lock_);
}

std::expected<std::string, std::string> DataFolder::token(rt::Random& random) const {
  constexpr std::size_t kBytes = 32;
  constexpr std::size_t kShortest = 16;
  if (const auto known = read_file(token_file())) {
    std::string text = without_line_end(*known);
    if (text.size() >= kShortest) return text;
    if (!text.empty())
      return std::unexpected(
          fmt::format("{} holds fewer than {} characters; delete it, a new one is made at the next "
                      "start",
                      token_file(), kShortest));
  } else if (::access(token_file().c_str(), F_OK) == 0) {
    return std::unexpected(known.error() + "; make it readable for this user");
  }
  std::string made = random_text(random, kBytes);
  if (const auto written = write_file(token_file(), made + "\n", 0600); !written)
    return std::unexpected(written.error() + "; make the data folder writable for this user");
  return made;
}

std::expected<std::string, std::string> DataFolder::instance(rt::Random& random) const {
  constexpr std::size_t kBytes = 6;
  constexpr std::size_t kLongest = 64;
  if (const auto known = read_file(file("instance"))) {
    const std::string text = without_line_end(*known);
    if (!text.empty() && text.size() <= kLongest && std::ranges::all_of(text, ascii::is_token_char))
      return text;
  }
  std::string made = random_text(random, kBytes);
  // '-' and '_' are fine in Via, but a name is easier to speak of, and to select by double click, without
  // them.
  std::ranges::replace_if(made, [](char c) { return !ascii::is_alpha(c) && !ascii::is_digit(c); }, 'x');
  if (const auto written = write_file(file("instance"), made + "\n", 0600); !written)
    return std::unexpected(written.error() + "; make the data folder writable for this user");
  return made;
}

}  // namespace reeve::control
