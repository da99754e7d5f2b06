// SPDX-License-Identifier: Apache-2.0
#include "core/withdrawal.h"

#include <algorithm>

#include "core/result.h"

namespace radfm {

std::string_view to_string(RejectionReason reason) {
  switch (reason) {
    case RejectionReason::quality: return "quality";
    case RejectionReason::patient_safety: return "patient_safety";
  }
  broken_invariant("a rejection reason that is none");
}

std::optional<RejectionReason> parse_rejection_reason(std::string_view name) {
  for (const RejectionReason reason : rejection_reasons)
    if (to_string(reason) == name) return reason;
  return std::nullopt;
}

std::optional<std::string> mistake_in_why(std::string_view why) {
  constexpr std::string_view blanks = " \t\r\n";
  if (why.find_first_not_of(blanks) == std::string_view::npos) return "words that say why the draft is withdrawn";
  if (why.size() > withdrawal_why_bytes_max) {
    return "at most " + std::to_string(withdrawal_why_bytes_max) + " bytes of text, these are " + std::to_string(why.size());
  }
  const bool plain = std::all_of(why.begin(), why.end(), [&](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || blanks.find(c) != std::string_view::npos;
  });
  if (!plain) return "text without control characters";
  return std::nullopt;
}

std::string_view in_words(RejectionReason reason) {
  switch (reason) {
    case RejectionReason::quality: return "for quality reasons";
    case RejectionReason::patient_safety: return "for patient safety reasons";
  }
  broken_invariant("a rejection reason that is none");
}

}  // namespace radfm
