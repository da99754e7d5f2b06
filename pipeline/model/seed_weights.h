// SPDX-License-Identifier: Apache-2.0
// Weights drawn from a seed: an untrained model that is the same on every machine. Every value is exact in
// float32 and depends on its name and place only:
//   fnv1a64(name): h = 0xcbf29ce484222325; for each byte b: h = (h xor b) * 0x100000001b3 mod 2^64
//   splitmix64(x): z = x + 0x9E3779B97F4A7C15; z = (z xor z>>30) * 0xBF58476D1CE4E5B9;
//                  z = (z xor z>>27) * 0x94D049BB133111EB; z xor z>>31
//   u(name, i) = splitmix64(fnv1a64(name) + i) >> 40;  r = (u - 2^23) / 2^23 in [-1, 1);  p = u / 2^24 in [0,
//   1)
// A 2-D weight [out, in] is r * sqrt(3 / in); a 1-D weight 1 + 0.1 r; a bias 0.1 r; position tables 0.5 r;
// latents r.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/model/model_config.h"

namespace radfm::model {

// The raw draws, also the inputs of the golden cases.
float drawn_signed(std::uint64_t name_hash, std::uint64_t index);  // r
float drawn_unit(std::uint64_t name_hash, std::uint64_t index);    // p
std::uint64_t name_hash(std::string_view name);

// All values of a tensor in C order, for the name `seed` + ":" + tensor name (an empty seed: the name alone).
std::vector<float> draw_tensor(std::string_view seed, const TensorSpec& tensor);
// The same into memory of tensor.values() floats.
void draw_tensor(std::string_view seed, const TensorSpec& tensor, float* values);

}  // namespace radfm::model
