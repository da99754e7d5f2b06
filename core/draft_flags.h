// SPDX-License-Identifier: Apache-2.0
// What a draft's text can be flagged with (pipeline/draft/text_checks.h finds it). The codes stay: they stand in jobs,
// reports and configurations.
#pragma once

#include <array>
#include <string_view>

namespace radfm {

namespace flag {
inline constexpr std::string_view empty_text = "empty_text";
inline constexpr std::string_view length_limit = "length_limit";
inline constexpr std::string_view repeats = "repeats";
inline constexpr std::string_view not_language = "not_language";
inline constexpr std::string_view patient_name = "patient_name";
inline constexpr std::string_view modality_differs = "modality_differs";
inline constexpr std::string_view sex_specific_organ = "sex_specific_organ";
inline constexpr std::string_view side_contradicts_image = "side_contradicts_image";
inline constexpr std::string_view side_contradicts_itself = "side_contradicts_itself";
inline constexpr std::string_view comparison_without_prior = "comparison_without_prior";
inline constexpr std::string_view size_without_spacing = "size_without_spacing";
inline constexpr std::string_view verdict_contradicts_sizes = "verdict_contradicts_sizes";
inline constexpr std::string_view impression_contradicts_findings = "impression_contradicts_findings";
}  // namespace flag

// All of them, in the order in which a draft names them.
inline constexpr std::array draft_flag_codes = {
    flag::empty_text,           flag::length_limit,       flag::repeats,                flag::not_language,
    flag::patient_name,         flag::modality_differs,   flag::sex_specific_organ,     flag::side_contradicts_image,
    flag::side_contradicts_itself, flag::comparison_without_prior, flag::size_without_spacing,
    flag::verdict_contradicts_sizes, flag::impression_contradicts_findings};

}  // namespace radfm
