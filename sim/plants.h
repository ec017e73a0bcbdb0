// SPDX-License-Identifier: Apache-2.0
// Bugs on purpose, to see that the checkers find them: each is a wrapper around a door or a part, put in
// place by the simulation when asked, so that the product has no switch for any of them.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "limits/table.h"
#include "rt/doors.h"
#include "server/handler.h"
#include "sim/network.h"
#include "telemetry/access_log.h"

namespace reeve::sim {

enum class Plant : std::uint8_t {
  None,
  LostByte,           ///< a byte from an upstream is lost
  AnsweredTwice,      ///< a request is answered once more
  SentAgain,          ///< a connection that broke is replaced and everything said again, whatever it was
  MixedGenerations,   ///< a reload edits the running configuration in place
  CutMadeWhole,       ///< a cut chunked body gets a proper last chunk
  LeakedStream,       ///< a connection is forgotten instead of closed
  LostRecord,         ///< a log line is lost
  ReadAhead,          ///< an answer is read as fast as it comes, whether or not the client takes it
  OpenedByReload,     ///< a reload forgets now and then that a route wants a key
  CountersForgotten,  ///< a reload begins all counters anew
  ChargedForNothing,  ///< counters are taken for nobody's request
  HeldForEver,        ///< what is counted as open is never given back
};
inline constexpr unsigned kPlants = 12;
std::string_view describe(Plant plant);

/// What the plants of one run share: chance, and what is forgotten.
struct Garden {
  explicit Garden(Plant which, Prng chance) : plant(which), prng(chance) {}
  Plant plant;
  Prng prng;
  std::vector<std::unique_ptr<rt::Stream>> forgotten;
  std::vector<std::unique_ptr<rt::WriteOp>> unfinished;
  std::vector<limits::Taken> held;
  bool strikes(std::uint64_t one_in) { return prng.chance(1, one_in); }
};

/// For the plants that live in a reload: before it is bound to the counters, and when it is.
void plant_in(Garden& garden, std::uint64_t generation, policy::Snapshot& snapshot);
void plant_in(Garden& garden, const policy::Snapshot& snapshot, const limits::Binding& binding,
              limits::Table& table, limits::Now now);

/// Hands out wrapped streams for the plants that live in one; else what `inner` gives.
class PlantedDialer final : public rt::Dialer {
 public:
  PlantedDialer(rt::Dialer& inner, Garden& garden) : inner_(inner), garden_(garden) {}
  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings& settings) override {
    return inner_.tls_context(settings);
  }
  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target target, rt::Deadline deadline,
                                                           rt::Cancellation* cancellation) override;
  /// A connection to the same target, at once; for SentAgain.
  using Redial = std::function<std::unique_ptr<rt::Stream>(const Endpoint&)>;
  void redial(Redial redial) { redial_ = std::move(redial); }

 private:
  rt::Dialer& inner_;
  Garden& garden_;
  Redial redial_;
};

class PlantedHandler final : public server::Handler {
 public:
  PlantedHandler(server::Handler& inner, Garden& garden) : inner_(inner), garden_(garden) {}
  rt::Task<> serve(server::Exchange& exchange) override;
  rt::Buffer refuse(const Error& error, server::Exchange& partial) override {
    return inner_.refuse(error, partial);
  }

 private:
  server::Handler& inner_;
  Garden& garden_;
};

class PlantedLog final : public telemetry::AccessLog {
 public:
  PlantedLog(telemetry::AccessLog& inner, Garden& garden) : inner_(inner), garden_(garden) {}
  bool enabled() const override { return true; }
  void write(const telemetry::AccessRecord& record) override {
    if (garden_.plant != Plant::LostRecord || !garden_.strikes(500)) inner_.write(record);
  }

 private:
  telemetry::AccessLog& inner_;
  Garden& garden_;
};

}  // namespace reeve::sim
