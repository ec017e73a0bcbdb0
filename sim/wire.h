// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 messages as a strict reader sees them, written for the checkers alone and sharing no line with
// src/http: what Reeve sends is judged by somebody else. Bytes in, events out. Also what simulated clients
// and servers read with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reeve::sim {

struct WireHead {
  std::string method;  // of a request
  std::string target;
  int status = 0;  // of an answer
  int minor = 1;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case

  /// The first field of that name, or null.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::string value(std::string_view name) const;
  bool has_option(std::string_view option) const;  ///< in Connection
  bool keeps_alive() const;
};

class WireReader {
 public:
  enum class Role : std::uint8_t { Request, Answer };
  enum class Event : std::uint8_t {
    More,    ///< all bytes are taken
    Head,    ///< see head()
    Body,    ///< see body()
    End,     ///< the message is complete
    Tunnel,  ///< behind a 101: see body()
    Broken,  ///< see flaw()
  };

  explicit WireReader(Role role) : role_(role) {}

  /// The method that the next answer is to; asked when its head is complete.
  void answers_to(std::string_view method) { answers_head_ = method == "HEAD"; }
  /// Takes bytes off the front of `bytes` up to the next event.
  Event next(std::string_view& bytes);
  /// The stream has ended in order: End (an answer that lasts until then), Broken (in a message), else More.
  Event finish();

  const WireHead& head() const { return head_; }
  std::string_view body() const { return body_; }
  const std::string& flaw() const { return flaw_; }
  /// No message has begun.
  bool between() const { return state_ == State::Head && line_.empty() && !ends_at_once_; }
  bool until_close() const { return state_ == State::UntilClose; }
  bool in_head() const { return state_ == State::Head && !line_.empty(); }
  /// What has come of the head that is incomplete.
  std::string_view partial() const { return line_; }

 private:
  enum class State : std::uint8_t {
    Head,
    Length,
    UntilClose,
    ChunkSize,
    ChunkData,
    ChunkEnd,
    Trailer,
    Tunnel,
    Broken
  };

  Event take_head(std::string_view& bytes);
  Event take_some(std::string_view& bytes);
  bool take_line(std::string_view& bytes, std::size_t max);
  Event chunk_size(std::string_view& bytes);
  Event trailer(std::string_view& bytes);
  Event broken(std::string text);
  bool read_head(std::string_view text);
  bool read_start_line(std::string_view line);
  bool read_field(std::string_view line, std::vector<std::pair<std::string, std::string>>& into);
  bool choose_body();

  Role role_;
  State state_ = State::Head;
  bool answers_head_ = false;
  bool ends_at_once_ = false;
  std::string line_;  // head, chunk size or trailer as far as it has come
  WireHead head_;
  std::string_view body_;
  std::string flaw_;
  std::uint64_t left_ = 0;
};

}  // namespace reeve::sim
