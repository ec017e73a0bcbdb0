// SPDX-License-Identifier: Apache-2.0
#include "policy/credential.h"

namespace reeve::policy {

std::string_view name(Slip slip) {
  switch (slip) {
    case Slip::None:
      break;
    case Slip::TooShort:
      return "too-short";
    case Slip::TooLong:
      return "too-long";
    case Slip::Alphabet:
      return "alphabet";
    case Slip::Case:
      return "case";
    case Slip::Substitution:
      return "substitution";
    case Slip::Transposition:
      return "transposition";
    case Slip::Missing:
      return "missing";
    case Slip::Extra:
      return "extra";
    case Slip::Checksum:
      return "checksum";
  }
  return {};
}

std::string_view describe(CredentialPlace place) {
  switch (place) {
    case CredentialPlace::None:
      break;
    case CredentialPlace::ReeveKey:
      return "the field Reeve-Key";
    case CredentialPlace::AuthorizationBearer:
      return "the field Authorization (Bearer)";
    case CredentialPlace::AuthorizationBasic:
      return "the field Authorization (password of Basic)";
    case CredentialPlace::XApiKey:
      return "the field X-Api-Key";
    case CredentialPlace::XGoogApiKey:
      return "the field x-goog-api-key";
    case CredentialPlace::Query:
      return "the query parameter for keys";
    case CredentialPlace::Cookie:
      return "a cookie";
    case CredentialPlace::OtherField:
      return "a field that holds no keys";
    case CredentialPlace::OtherQuery:
      return "a query parameter that holds no keys";
    case CredentialPlace::AuthorizationOther:
      return "the field Authorization, neither Bearer nor Basic";
    case CredentialPlace::BasicUserName:
      return "the field Authorization (user name of Basic)";
  }
  return "no place";
}

}  // namespace reeve::policy
