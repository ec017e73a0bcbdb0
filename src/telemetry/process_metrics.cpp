// SPDX-License-Identifier: Apache-2.0
#include "telemetry/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace reeve::telemetry {

namespace {

std::string read_small(const char* path) {
  std::string text;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  std::array<char, 4096> bytes;
  for (ssize_t n; (n = ::read(fd, bytes.data(), bytes.size())) > 0 && text.size() < 64 * 1024;)
    text.append(bytes.data(), static_cast<std::size_t>(n));
  ::close(fd);
  return text;
}

/// The numbers of /proc/self/stat behind the command's name (which may hold anything): [0] is field 3.
std::vector<std::string_view> stat_fields(std::string_view stat) {
  std::vector<std::string_view> fields;
  const std::size_t after_name = stat.rfind(')');
  if (after_name == std::string_view::npos) return fields;
  stat.remove_prefix(after_name + 1);
  while (!stat.empty()) {
    const std::size_t begin = stat.find_first_not_of(" \n");
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(stat.find_first_of(" \n", begin), stat.size());
    fields.push_back(stat.substr(begin, end - begin));
    stat.remove_prefix(end);
  }
  return fields;
}

double number(std::string_view text) {
  return std::strtod(std::string(text).c_str(), nullptr);
}

std::uint64_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.') ++count;
  ::closedir(folder);
  return count - 1;  // the folder itself was open too
}

/// Seconds since 1970 at which the machine started, from /proc/stat.
double boot_time() {
  const std::string stat = read_small("/proc/stat");
  const std::size_t at = stat.find("btime ");
  return at == std::string::npos ? 0 : number(std::string_view(stat).substr(at + 6, 20));
}

}  // namespace

void write_process_metrics(PrometheusText& text) {
  const std::string stat = read_small("/proc/self/stat");
  const std::vector<std::string_view> fields = stat_fields(stat);
  constexpr std::size_t kUser = 11;
  constexpr std::size_t kSystem = 12;
  constexpr std::size_t kStart = 19;
  constexpr std::size_t kVirtual = 20;
  constexpr std::size_t kResident = 21;
  if (fields.size() > kResident) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    text.family("process_cpu_seconds_total", MetricKind::Counter,
                "User and system CPU time spent, in seconds.");
    text.sample({}, (number(fields[kUser]) + number(fields[kSystem])) / ticks);
    text.family("process_start_time_seconds", MetricKind::Gauge,
                "When the process started, in seconds since 1970.");
    text.sample({}, boot_time() + number(fields[kStart]) / ticks);
    text.family("process_virtual_memory_bytes", MetricKind::Gauge, "Virtual memory size.");
    text.sample({}, number(fields[kVirtual]));
    text.family("process_resident_memory_bytes", MetricKind::Gauge, "Resident memory size.");
    text.sample({}, number(fields[kResident]) * page);
  }
  text.family("process_open_fds", MetricKind::Gauge, "Open descriptors.");
  text.sample({}, open_descriptors());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    text.family("process_max_fds", MetricKind::Gauge, "Limit of open descriptors.");
    text.sample({}, std::uint64_t{limit.rlim_cur});
  }
}

void write_build_info(PrometheusText& text, std::string_view version, std::string_view commit) {
  text.family("reeve_build_info", MetricKind::Gauge, "Always 1; the labels name what is running.");
  text.sample({{"version", version}, {"commit", commit}}, std::uint64_t{1});
}

}  // namespace reeve::telemetry
