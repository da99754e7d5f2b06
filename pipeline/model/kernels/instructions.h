// SPDX-License-Identifier: Apache-2.0
// The instructions that kernels are written for. Each set has files of its own, compiled for it; nothing else is.
#pragma once

#include <string_view>
#include <vector>

namespace radfm::kernels {

enum class Instructions { portable, avx2, avx512_vnni, amx };  // amx: with those before it

std::string_view instructions_name(Instructions instructions);  // "portable", "avx2", "avx512_vnni", "amx"
std::vector<Instructions> instructions_here();  // what this processor runs, the portable ones first
Instructions best_instructions();               // the last of them

}  // namespace radfm::kernels
