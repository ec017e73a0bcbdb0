// SPDX-License-Identifier: Apache-2.0
#include "identity/judge.h"

#include "crypto/token.h"
#include "identity/key_format.h"
#include "identity/key_slip.h"
#include "identity/wrapping.h"

namespace reeve::identity {

using policy::CredentialVerdict;
using policy::Key;
using policy::KeyDates;
using policy::KeyEnvironment;
using policy::kNone;
using policy::Slip;

namespace {

/// Compared with when there is no key of that id: no text hashes to it as far as anybody knows.
constexpr crypto::Sha256 kNobody{};

std::string_view bytes_of(const crypto::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string_view describe(Slip slip) {
  switch (slip) {
    case Slip::None:
      break;
    case Slip::TooShort:
      return "it is shorter than a key, which has 52 characters";
    case Slip::TooLong:
      return "it is longer than a key, which has 52 characters";
    case Slip::Alphabet:
      return "it holds a character that no key holds";
    case Slip::Case:
      return "a letter stands in the wrong case";
    case Slip::Substitution:
      return "a character stands where another belongs";
    case Slip::Transposition:
      return "two neighbouring characters are swapped";
    case Slip::Missing:
      return "a character is missing";
    case Slip::Extra:
      return "there is a character too many";
    case Slip::Checksum:
      return "its checksum does not fit: it is mistyped in more than one place";
  }
  return {};
}

class Judge {
 public:
  Judge(const Value& value, const KeyRules& rules, crypto::Engine& engine)
      : value_(value), rules_(rules), engine_(engine) {}

  CredentialVerdict run() const {
    if (value_.undecodable)
      return refused(Code::CredentialMalformed, "what follows Basic is no base64 of user:password");
    if (const auto parts = parse_key(value_.text)) return own_key(*parts);
    if (!value_.text.starts_with(kKeyMark) && rules_.keys.any_foreign()) return foreign_key();
    return no_key(Code::CredentialMalformed);
  }

 private:
  // The hash is made, and compared in constant time, whether or not there is a key of that id: nobody learns
  // from the answer or its time which ids exist.
  CredentialVerdict own_key(const KeyParts& parts) const {
    const crypto::Sha256 hash = engine_.sha256(parts.secret);
    const std::uint32_t index = rules_.keys.find(parts.id);
    const crypto::Sha256& due = index == kNone ? kNobody : rules_.keys[index].hash;
    const bool right = crypto::equal_constant_time(bytes_of(hash), bytes_of(due));
    if (parts.environment != rules_.environment)
      return refused(Code::CredentialWrongEnvironment,
                     parts.environment == KeyEnvironment::Test ? "a test key came to a live gateway"
                                                               : "a live key came to a test gateway",
                     right ? index : kNone);
    if (!right || index == kNone) return refused(Code::CredentialUnknown);
    if (rules_.keys[index].environment != parts.environment)
      return refused(Code::CredentialWrongEnvironment,
                     "the key is registered for another environment than its own", index);
    return in_force(index);
  }

  CredentialVerdict foreign_key() const {
    const std::uint32_t index = rules_.keys.find_foreign(engine_.sha256(value_.text));
    return index == kNone ? no_key(Code::CredentialUnknown) : in_force(index);
  }

  CredentialVerdict in_force(std::uint32_t index) const {
    const Key& key = rules_.keys[index];
    if (const KeyDates* dates = rules_.keys.dates(key))
      if (const auto code =
              policy::out_of_force(*dates, rules_.any_time ? std::nullopt : std::optional(rules_.now)))
        return refused(*code, {}, index);
    return {.state = CredentialVerdict::State::Accepted,
            .place = value_.place,
            .caller = key.caller,
            .key = index};
  }

  /// Misplaced when only what stands around it makes it none, else `otherwise`.
  CredentialVerdict no_key(Code otherwise) const {
    const Unwrapped unwrapped = unwrap(value_.text);
    if (!unwrapped.context.empty() && parse_key(unwrapped.rest))
      return refused(Code::CredentialMisplaced, unwrapped.context);
    CredentialVerdict verdict = refused(otherwise);
    if (otherwise != Code::CredentialMalformed) return verdict;
    const KeySlip found = find_slip(value_.text);
    verdict.slip = found.slip;
    verdict.slip_at = found.at;
    verdict.context = found.at == 0 && !value_.text.starts_with(kKeyMark)
                          ? std::string_view("it does not begin as a key does, with rv_live_ or rv_test_")
                          : describe(found.slip);
    return verdict;
  }

  CredentialVerdict refused(Code code, std::string_view context = {}, std::uint32_t key = kNone) const {
    return {.state = CredentialVerdict::State::Refused,
            .code = code,
            .place = value_.place,
            .key = key,
            .context = context};
  }

  const Value& value_;
  const KeyRules& rules_;
  crypto::Engine& engine_;
};

}  // namespace

CredentialVerdict judge(const Value& value, const KeyRules& rules, crypto::Engine& engine) {
  return Judge(value, rules, engine).run();
}

}  // namespace reeve::identity
