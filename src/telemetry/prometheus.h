// SPDX-License-Identifier: Apache-2.0
// Writes the Prometheus text format (exposition format 0.0.4): families with # HELP and # TYPE, samples with
// escaped labels. Used by the Registry for a scrape, on the control thread. Knows no metric by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace reeve::telemetry {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

struct Label {
  std::string_view name;
  std::string_view value;
};

enum class MetricKind : std::uint8_t { Counter, Gauge, Histogram };

class PrometheusText {
 public:
  explicit PrometheusText(std::string& out) : out_(out) {}

  /// Whole families that somebody else has written.
  void raw(std::string_view families) { out_.append(families); }
  /// Begins a family; its samples follow. `name` and `help` must live as long as it is written.
  void family(std::string_view name, MetricKind kind, std::string_view help);
  void sample(std::initializer_list<Label> labels, std::uint64_t value) { sample("", labels, value); }
  void sample(std::initializer_list<Label> labels, double value) { sample("", labels, value); }
  /// `suffix` for the parts of a histogram: _bucket, _sum, _count.
  void sample(std::string_view suffix, std::initializer_list<Label> labels, std::uint64_t value);
  void sample(std::string_view suffix, std::initializer_list<Label> labels, double value);

 private:
  void name_and_labels(std::string_view suffix, std::initializer_list<Label> labels);

  std::string& out_;
  std::string_view name_;
};

}  // namespace reeve::telemetry
