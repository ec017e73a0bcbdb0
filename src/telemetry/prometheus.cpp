// SPDX-License-Identifier: Apache-2.0
#include "telemetry/prometheus.h"

#include <array>
#include <charconv>

namespace reeve::telemetry {

namespace {

/// Of the format: `\` and line feed everywhere, `"` in label values too.
void escape(std::string_view text, bool label, std::string& out) {
  for (char c : text) {
    if (c == '\\') {
      out.append("\\\\");
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '"' && label) {
      out.append("\\\"");
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, MetricKind kind, std::string_view help) {
  static constexpr std::array<std::string_view, 3> kKinds{"counter", "gauge", "histogram"};
  name_ = name;
  out_.append("# HELP ").append(name).append(" ");
  escape(help, false, out_);
  out_.append("\n# TYPE ")
      .append(name)
      .append(" ")
      .append(kKinds[static_cast<std::size_t>(kind)])
      .append("\n");
}

void PrometheusText::name_and_labels(std::string_view suffix, std::initializer_list<Label> labels) {
  out_.append(name_).append(suffix);
  char separator = '{';
  for (const Label& label : labels) {
    out_.push_back(separator);
    out_.append(label.name).append("=\"");
    escape(label.value, true, out_);
    out_.push_back('"');
    separator = ',';
  }
  out_.append(labels.size() == 0 ? " " : "} ");
}

void PrometheusText::sample(std::string_view suffix, std::initializer_list<Label> labels,
                            std::uint64_t value) {
  name_and_labels(suffix, labels);
  out_.append(std::to_string(value)).append("\n");
}

void PrometheusText::sample(std::string_view suffix, std::initializer_list<Label> labels, double value) {
  name_and_labels(suffix, labels);
  std::array<char, 32> digits;  // the shortest form that reads back the same
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end).append("\n");
}

}  // namespace reeve::telemetry
