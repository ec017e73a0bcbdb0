// SPDX-License-Identifier: Apache-2.0
#include "identity/credential.h"

#include <array>
#include <cstring>

#include "identity/judge.h"
#include "identity/key_format.h"
#include "identity/misplaced.h"
#include "identity/places.h"

namespace reeve::identity {

using policy::CredentialPlace;
using policy::CredentialVerdict;

namespace {

/// The first of the values of one sort, and what the others of that sort are.
struct Sort {
  bool any = false;
  bool copies = false;   ///< another one is equal
  bool several = false;  ///< another one differs
  std::size_t room = 0;
  Holding holding;
  Value first;

  bool same(const Value& value) const {
    return first.undecodable == value.undecodable && first.text == value.text;
  }
};

/// Which of the values in proper places counts.
class Selection {
 public:
  Selection(const http::RequestHead& head, const policy::Acceptance& acceptance) {
    ProperPlaces places(head, acceptance);
    for (Holding holding; places.next(holding);) offer(holding, decode(holding, rooms_[spare_]));
  }
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  bool any() const { return marked_.any || other_.any; }
  // A key among other credentials is the one that is meant for this gateway.
  bool ambiguous() const { return marked_.any ? marked_.several : other_.several; }
  const Sort& chosen() const { return marked_.any ? marked_ : other_; }

 private:
  void offer(const Holding& holding, const Value& value) {
    if (value.text.empty()) return;
    Sort& sort = !value.undecodable && value.text.starts_with(kKeyMark) ? marked_ : other_;
    if (sort.any) {
      (sort.same(value) ? sort.copies : sort.several) = true;
      return;
    }
    sort = {.any = true, .room = spare_, .holding = holding, .first = value};
    while (spare_ == marked_.room || spare_ == other_.room) spare_ = (spare_ + 1) % rooms_.size();
  }

  // One for the first of each sort, one for the value in hand. No sort uses room 3 = none of them.
  std::array<Decoded, 3> rooms_;
  std::size_t spare_ = 0;
  Sort marked_{.room = 3};
  Sort other_{.room = 3};
};

void remove(const Holding& holding, Removal& removal) {
  if (holding.place == CredentialPlace::Query)
    removal.query.push_back({holding.begin, holding.end});
  else
    removal.lines.push_back(holding.begin);
}

void remove_all(const http::RequestHead& head, const policy::Acceptance& acceptance, const Sort& accepted,
                Removal& removal) {
  if (!accepted.copies) return remove(accepted.holding, removal);
  ProperPlaces places(head, acceptance);
  Decoded room;
  for (Holding holding; places.next(holding);)
    if (accepted.same(decode(holding, room))) remove(holding, removal);
}

CredentialVerdict nothing_came(const http::RequestHead& head, const policy::Acceptance& acceptance) {
  const Misplaced misplaced = find_misplaced(head);
  if (misplaced.place != CredentialPlace::None)
    return {.state = CredentialVerdict::State::Refused,
            .code = Code::CredentialMisplaced,
            .place = misplaced.place,
            .context = misplaced.context};
  if (acceptance.none) return {};
  return {.state = CredentialVerdict::State::Refused, .code = Code::CredentialMissing};
}

}  // namespace

void identify(const http::RequestHead& head, const policy::Acceptance& acceptance, const KeyRules& rules,
              crypto::Engine& engine, Identified& identified) {
  CredentialVerdict& verdict = identified.verdict;
  if (acceptance.none_only()) return;
  const Selection selection(head, acceptance);
  if (!selection.any()) {
    verdict = nothing_came(head, acceptance);
    return;
  }
  if (selection.ambiguous()) {
    verdict = {.state = CredentialVerdict::State::Refused,
               .code = Code::CredentialAmbiguous,
               .context = "two different credentials came, and neither is told to be the one that counts"};
    return;
  }
  const Sort& chosen = selection.chosen();
  verdict = judge(chosen.first, rules, engine);
  if (verdict.state == CredentialVerdict::State::Accepted && !acceptance.forward_credential)
    remove_all(head, acceptance, chosen, identified.removal);
}

CredentialVerdict judge_key(std::string_view value, CredentialPlace place, const KeyRules& rules,
                            crypto::Engine& engine) {
  return judge({.place = place, .text = value}, rules, engine);
}

std::size_t copy_query(std::string_view query, const Removal& removal, char* out) {
  std::size_t size = 0;
  std::size_t from = 0;
  const auto copy_to = [&](std::size_t end) {
    if (end == from) return;
    std::memcpy(out + size, query.data() + from, end - from);
    size += end - from;
  };
  for (const Removal::Range& range : removal.query) {
    copy_to(range.begin);
    from = range.end;
  }
  // The '&' before a last parameter that is gone goes with it.
  const bool last_is_gone = !removal.query.empty() && from == query.size() && !query.ends_with('&');
  copy_to(query.size());
  if (last_is_gone && size != 0) --size;
  return size;
}

}  // namespace reeve::identity
