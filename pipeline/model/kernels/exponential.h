// SPDX-License-Identifier: Apache-2.0
// How the kernels' exponential is made up. No code: see matrix_vector_layout.h.
#pragma once

namespace radfm::kernels {

// The constants of exponential(): x = n ln 2 + r, with ln 2 in two parts, and e^r by its series to the 7th power.
inline constexpr float exponential_min = -87;
inline constexpr float exponential_log2e = 1.44269504f;
inline constexpr float exponential_ln2_high = 0.693145752f;  // 16 bits, so that n times it is exact
inline constexpr float exponential_ln2_low = 1.42860677e-6f;
inline constexpr float exponential_rounder = 12582912;          // 1.5 * 2^23: adding it rounds to whole numbers
inline constexpr int exponential_terms = 8;
inline constexpr float exponential_series[exponential_terms] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1, 1};

}  // namespace radfm::kernels
