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
inline constexpr std::uint32_t referring_physician = 0x00080090;
inline constexpr std::uint32_t code_meaning = 0x00080104;
inline constexpr std::uint32_t procedure_code_sequence = 0x00081032;
inline constexpr std::uint32_t physicians_of_record = 0x00081048;
inline constexpr std::uint32_t reading_physicians = 0x00081060;
inline constexpr std::uint32_t admitting_diagnoses = 0x00081080;
inline constexpr std::uint32_t admitting_diagnoses_sequence = 0x00081084;
inline constexpr std::uint32_t patient_name = 0x00100010;
inline constexpr std::uint32_t patient_id = 0x00100020;
inline constexpr std::uint32_t birth_date = 0x00100030;
inline constexpr std::uint32_t sex = 0x00100040;
inline constexpr std::uint32_t other_patient_ids = 0x00101000;
inline constexpr std::uint32_t other_patient_names = 0x00101001;
inline constexpr std::uint32_t other_patient_ids_sequence = 0x00101002;
inline constexpr std::uint32_t age = 0x00101010;
inline constexpr std::uint32_t patient_history = 0x001021B0;
inline constexpr std::uint32_t responsible_person = 0x00102297;
inline constexpr std::uint32_t study_instance_uid = 0x0020000D;
inline constexpr std::uint32_t reason_for_study = 0x00321030;
inline constexpr std::uint32_t requested_procedure_description = 0x00321060;
inline constexpr std::uint32_t requested_procedure_sequence = 0x00321064;
inline constexpr std::uint32_t admission_id = 0x00380010;
inline constexpr std::uint32_t request_attributes_sequence = 0x00400275;
inline constexpr std::uint32_t reason_for_procedure_sequence = 0x0040100A;
inline constexpr std::uint32_t reason_for_procedure = 0x00401002;

}  // namespace radfm::draft::tag
