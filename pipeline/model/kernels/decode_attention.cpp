// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/decode_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/result.h"
#include "pipeline/model/kernels/attention_head.h"
#include "pipeline/model/kernels/parallel_work.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t lanes = 16;  // partial sums

using AttendHead = void (*)(const AttentionHead&);

AttendHead kernel_of([[maybe_unused]] Instructions instructions, [[maybe_unused]] std::int64_t width) {
#ifdef RADFM_X86_KERNELS
  if (width % lanes == 0 && instructions == Instructions::avx2) return attend_head_avx2;
  if (width % lanes == 0 && instructions == Instructions::avx512_vnni) return attend_head_avx512;
  if (width % lanes == 0 && instructions == Instructions::amx) return attend_head_avx512_near;
#endif
  return attend_head_portable;
}

std::int64_t element_bytes(CacheType type) { return type == CacheType::f32 ? 4 : 2; }

AttentionHead head_of(const AttentionQuestion& question, std::int64_t index) {
  const CacheView& cache = question.cache;
  const std::int64_t offset = index * cache.capacity * cache.width * element_bytes(cache.type);
  AttentionHead head;
  head.type = cache.type;
  head.keys = static_cast<const std::uint8_t*>(cache.keys) + offset;
  head.values = static_cast<const std::uint8_t*>(cache.values) + offset;
  head.width = cache.width;
  head.length = cache.length;
  head.scale = 1 / std::sqrt(static_cast<float>(cache.width));
  head.q = question.q + index * cache.width;
  head.out = question.out + index * cache.width;
  return head;
}

}  // namespace

void attend(const AttentionQuestion* questions, std::int64_t count, Instructions instructions) {
  std::int64_t bytes = 0, longest = 0;
  std::vector<std::int64_t> first_item{0};  // of each question; an item is a head
  for (std::int64_t i = 0; i < count; ++i) {
    const CacheView& cache = questions[i].cache;
    if (cache.length < 1 || cache.length > cache.capacity) broken_invariant("attention over no position, or more than a cache holds");
    bytes += 2 * cache.heads * cache.length * cache.width * element_bytes(cache.type);
    longest = std::max(longest, cache.length);
    first_item.push_back(first_item.back() + cache.heads);
  }
#pragma omp parallel if (is_shared_work(bytes))
  {
    std::vector<float> weights(static_cast<std::size_t>((longest + lanes - 1) / lanes * lanes));
#pragma omp for schedule(dynamic, 1)
    for (std::int64_t item = 0; item < first_item.back(); ++item) {
      const auto next = std::upper_bound(first_item.begin(), first_item.end(), item);
      const std::int64_t question = next - first_item.begin() - 1;
      AttentionHead head = head_of(questions[question], item - *(next - 1));
      head.weights = weights.data();
      kernel_of(instructions, head.width)(head);
    }
  }
}

}  // namespace radfm::kernels
