// SPDX-License-Identifier: Apache-2.0
// Keys are written as whole literals rather than one by one: half of a line is keys.
#include "telemetry/log_line.h"

#include <charconv>

#include "json/writer.h"

namespace reeve::telemetry {

namespace {

/// Longest text of a request that a line repeats. Longer than any sane path; a bound for lines all the same.
constexpr std::size_t kTextMax = 16 * 1024;
constexpr std::size_t kIpTextMax = 46;

class Line {
 public:
  Line(char* out, std::size_t room) : out_(out, room) {}

  Line& raw(std::string_view judged) {
    out_.append(judged.data(), judged.size());
    return *this;
  }
  Line& text(std::string_view value) {
    if (value.empty()) return raw("null");
    out_.push_back('"');
    json::escape(out_, value.substr(0, kTextMax));
    out_.push_back('"');
    return *this;
  }
  /// Text that holds nothing to escape.
  Line& plain(std::string_view value) {
    if (value.empty()) return raw("null");
    return raw("\"").raw(value).raw("\"");
  }
  Line& address(const IpAddress* address) {
    std::array<char, kIpTextMax> digits;
    return plain(address == nullptr ? std::string_view{}
                                    : std::string_view{digits.data(), address->write(digits.data())});
  }
  Line& number(std::uint64_t value) {
    std::array<char, 20> digits;
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  Line& status(std::uint16_t value) { return value == 0 ? raw("null") : number(value); }
  /// Seconds with microseconds.
  Line& seconds(Duration duration) {
    const auto micros = static_cast<std::uint64_t>(
        std::max<Duration::rep>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count(), 0));
    std::array<char, 7> fraction{'.'};
    std::uint64_t rest = micros % 1'000'000;
    for (std::size_t i = 6; i > 0; --i, rest /= 10) fraction[i] = static_cast<char>('0' + rest % 10);
    return number(micros / 1'000'000).raw({fraction.data(), fraction.size()});
  }
  std::size_t size() const { return out_.overflowed() ? 0 : out_.written().size(); }

 private:
  json::FixedBuffer out_;
};

}  // namespace

std::string_view TimeText::of(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second.time_since_epoch().count() != second_) {
    second_ = second.time_since_epoch().count();
    to_rfc3339(second).copy(text_.data(), text_.size());
  }
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  for (std::size_t i = 25; i > 19; --i, micros /= 10) text_[i] = static_cast<char>('0' + micros % 10);
  return {text_.data(), text_.size()};
}

std::size_t write_log_line(const AccessRecord& record, TimeText& time, char* out, std::size_t room) {
  Line line(out, room);
  const CodeFacts* code = record.code ? &facts(*record.code) : nullptr;
  // A client that left before an answer has no status of ours; by custom that is 499 (rules, 4).
  const bool client_left = record.code == Code::ClientClosed && record.status == 0;
  line.raw(R"({"time":)").plain(time.of(record.time));
  line.raw(R"(,"decision":)").plain(record.decision);
  line.raw(R"(,"code":)").plain(code == nullptr ? std::string_view{} : code->name);
  line.raw(R"(,"check":)")
      .plain(code == nullptr ? std::string_view{} : name(record.check.value_or(code->check)));
  line.raw(R"(,"client_ip":)").address(record.client_ip);
  line.raw(R"(,"peer":)").address(record.peer);
  line.raw(R"(,"caller":)").text(record.caller);
  line.raw(R"(,"team":)").text(record.team);
  line.raw(R"(,"key":)").text(record.key);
  line.raw(R"(,"route":)").text(record.route);
  line.raw(R"(,"method":)").text(record.method);
  line.raw(R"(,"host":)").text(record.host);
  line.raw(R"(,"path":)").text(record.path);
  line.raw(R"(,"status":)").status(client_left ? facts(Code::ClientClosed).status : record.status);
  line.raw(R"(,"origin":)").plain(record.origin == Origin::Gateway ? "gateway" : "upstream");
  line.raw(R"(,"protocol":)").plain(record.protocol);
  line.raw(R"(,"tls":)")
      .text(record.tls == nullptr ? std::string_view{} : std::string_view(record.tls->version));
  line.raw(R"(,"bytes_in":)").number(record.bytes_in);
  line.raw(R"(,"bytes_out":)").number(record.bytes_out);
  line.raw(R"(,"duration":)").seconds(record.duration);
  line.raw(R"(,"attempts":)").number(record.attempts);
  line.raw(R"(,"target":)").text(record.target);
  line.raw(R"(,"upstream_status":)").status(record.upstream_status);
  line.raw(R"(,"upstream_duration":)");
  if (record.upstream_duration) {
    line.seconds(*record.upstream_duration);
  } else {
    line.raw("null");
  }
  line.raw(R"(,"request_id":)").text(record.request_id);
  line.raw(R"(,"trace_id":)").text(record.trace_id);
  line.raw(",\"cost\":null}\n");
  return line.size();
}

}  // namespace reeve::telemetry
