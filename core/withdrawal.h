// SPDX-License-Identifier: Apache-2.0
// A draft that a person takes back. Archives are told by a Key Object rejection note (PS3.16 CID 7010, TID 2010; IHE RAD TF-2
// 4.66, Imaging Object Change Management).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace radfm {

// The note's title: (113001, DCM, "Rejected for Quality Reasons") or (113037, DCM, "Rejected for Patient Safety Reasons").
// to_string() names them as command line and REST do.
enum class RejectionReason { quality, patient_safety };
inline constexpr std::array rejection_reasons = {RejectionReason::quality, RejectionReason::patient_safety};
std::string_view to_string(RejectionReason reason);
std::optional<RejectionReason> parse_rejection_reason(std::string_view name);

struct Withdrawal {
  RejectionReason reason = RejectionReason::quality;
  std::string why;    // in the words of the person; stands in the note
  std::string actor;  // "administrator:NAME"
  std::int64_t wall_ms = 0;
  bool operator==(const Withdrawal&) const = default;
};

inline constexpr std::size_t withdrawal_why_bytes_max = 1024;

// What a person's text of why lacks to stand in a note, as what was expected of it; nothing when it may. It says something, has at
// most withdrawal_why_bytes_max bytes, and no control character but tabs and line ends (PS3.5 6.1.3).
std::optional<std::string> mistake_in_why(std::string_view why);

// "for quality reasons", "for patient safety reasons".
std::string_view in_words(RejectionReason reason);

}  // namespace radfm
