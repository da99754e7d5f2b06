// SPDX-License-Identifier: Apache-2.0
// The attributes of a study's header that a draft is made from (PS3.6).
#pragma once

#include <cstdint>

namespace radfm::draft::tag {

inline constexpr std::uint32_t study_date = 0x00080020;
inline constexpr std::uint32_t study_time = 0x00080030;
inline constexpr std::uint32_t accession_number = 0x00080050;
inline constexpr std::uint32_t timezone_offset = 0x00080201;
inline constexpr std::uint32_t study_description = 0x00081030;
inline constexpr std::uint32_t patient_id = 0x00100020;
inline constexpr std::uint32_t birth_date = 0x00100030;
inline constexpr std::uint32_t sex = 0x00100040;
inline constexpr std::uint32_t age = 0x00101010;
inline constexpr std::uint32_t study_instance_uid = 0x0020000D;
inline constexpr std::uint32_t reason_for_study = 0x00321030;
inline constexpr std::uint32_t requested_procedure_sequence = 0x00321064;
inline constexpr std::uint32_t request_attributes_sequence = 0x00400275;
inline constexpr std::uint32_t reason_for_procedure = 0x00401002;

}  // namespace radfm::draft::tag
