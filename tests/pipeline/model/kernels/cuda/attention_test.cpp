// SPDX-License-Identifier: Apache-2.0
// Aim: a step's attention on a GPU is that of the processor's kernel over the same cache, with the new position rotated and kept; the
// same for a sequence whatever is beside it.
#include "pipeline/model/kernels/cuda/attention.h"

#include <cmath>
#include <memory>

#include "pipeline/model/kernels/bfloat16.h"
#include "pipeline/model/kernels/decode_attention.h"
#include "tests/pipeline/model/kernels/cuda/device_array.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels::cuda {
namespace {

std::vector<std::uint16_t> drawn_bf16(std::int64_t count, std::uint32_t seed) {
  std::vector<std::uint16_t> values;
  for (const float value : drawn_values(count, seed)) values.push_back(bf16_of(value));
  return values;
}

// A sequence that has read `position` tokens, and what the step computes for its next.
struct Sequence {
  std::int64_t position = 0, capacity = 0;
  std::vector<float> qkv;  // [3][heads][width]
  std::vector<std::uint16_t> keys, values;

  Sequence(int heads, int width, std::int64_t read, std::uint32_t seed)
      : position(read),
        capacity(read + 1 + seed % 3),
        qkv(drawn_values(3 * heads * width, seed)),
        keys(drawn_bf16(heads * capacity * width, seed + 1)),
        values(drawn_bf16(heads * capacity * width, seed + 2)) {
    for (float& value : qkv) value *= 2;
  }
};

class Step {
 public:
  Step(int heads, int width, std::int64_t context) : heads_(heads), width_(width), context_(context) {
    for (std::int64_t position = 0; position < context; ++position)
      for (int d = 0; d < width; ++d) {
        const double angle = static_cast<double>(position) / std::pow(10000.0, (d % (width / 2)) * 2.0 / width);
        cosines_.push_back(static_cast<float>(std::cos(angle)));
        sines_.push_back(static_cast<float>(std::sin(angle)));
      }
  }

  // Rotates, writes the new position into the sequence's cache, attends: by the processor's kernel.
  std::vector<float> expected(Sequence& sequence) const {
    const std::size_t hidden = static_cast<std::size_t>(heads_ * width_), width = static_cast<std::size_t>(width_);
    std::vector<float> q(hidden), out(hidden);
    for (int head = 0; head < heads_; ++head) {
      const std::size_t at = static_cast<std::size_t>(head) * width;
      const std::size_t row = static_cast<std::size_t>(head * sequence.capacity + sequence.position) * width;
      for (std::size_t d = 0; d < width; ++d) {
        q[at + d] = rotated(sequence, sequence.qkv.data() + at, d);
        sequence.keys[row + d] = bf16_of(rotated(sequence, sequence.qkv.data() + hidden + at, d));
        sequence.values[row + d] = bf16_of(sequence.qkv[2 * hidden + at + d]);
      }
    }
    AttentionQuestion question;
    question.q = q.data();
    question.cache = {CacheType::bf16, sequence.keys.data(), sequence.values.data(), heads_, sequence.capacity, width_, sequence.position + 1};
    question.out = out.data();
    attend(&question, 1);
    return out;
  }

  // Of all sequences at once; null: no sequence is there. Their caches get the new position.
  std::vector<float> computed(const std::vector<Sequence*>& sequences) const {
    std::vector<float> qkv;
    std::vector<StepRow> rows;
    std::vector<CacheAddresses> addresses;
    std::vector<std::unique_ptr<DeviceArray<std::uint16_t>>> memory;
    for (const Sequence* sequence : sequences) {
      const std::vector<float> none(static_cast<std::size_t>(3 * heads_ * width_));
      qkv.insert(qkv.end(), sequence ? sequence->qkv.begin() : none.begin(), sequence ? sequence->qkv.end() : none.end());
      memory.push_back(std::make_unique<DeviceArray<std::uint16_t>>(sequence ? sequence->keys : std::vector<std::uint16_t>()));
      memory.push_back(std::make_unique<DeviceArray<std::uint16_t>>(sequence ? sequence->values : std::vector<std::uint16_t>()));
      if (sequence) rows.push_back({0, static_cast<int>(sequence->position), static_cast<int>(sequence->capacity)});
      else rows.push_back({});
      addresses.push_back({memory[memory.size() - 2]->data(), memory.back()->data()});
    }
    const int count = static_cast<int>(sequences.size());
    DeviceArray<float> qkvs(qkv), cosines(cosines_), sines(sines_);
    DeviceArray<float> partials(std::vector<float>(static_cast<std::size_t>(attention_partial_floats(count, heads_, width_, context_)), NAN));
    DeviceArray<float> out(std::vector<float>(static_cast<std::size_t>(count * heads_ * width_), 77.0f));
    DeviceArray<StepRow> device_rows(rows);
    DeviceArray<CacheAddresses> caches(addresses);
    DeviceArray<unsigned> counters(std::vector<unsigned>(static_cast<std::size_t>(count * heads_)));
    launch_attention({qkvs.data(), count, heads_, width_, context_, device_rows.data(), caches.data(), cosines.data(), sines.data(),
                      partials.data(), counters.data(), out.data()},
                     nullptr);
    for (const unsigned counter : counters.values()) EXPECT_EQ(counter, 0u);
    for (std::size_t i = 0; i < sequences.size(); ++i)
      if (sequences[i]) sequences[i]->keys = memory[2 * i]->values(), sequences[i]->values = memory[2 * i + 1]->values();
    return out.values();
  }

 private:
  float rotated(const Sequence& sequence, const float* x, std::size_t d) const {
    const std::size_t width = static_cast<std::size_t>(width_), half = width / 2;
    const std::size_t angle = static_cast<std::size_t>(sequence.position) * width + d;
    return x[d] * cosines_[angle] + (d < half ? -x[d + half] : x[d - half]) * sines_[angle];
  }

  int heads_, width_;
  std::int64_t context_;
  std::vector<float> cosines_, sines_;
};

constexpr std::int64_t context = 400;
constexpr std::int64_t read_before[] = {0, 1, 5, 127, 128, 200, 399};

TEST(DeviceAttention, IsTheProcessors) {
  DEVICE_OR_SKIP();
  for (const int width : {8, 16, 24, 128, 256})
    for (const std::int64_t read : read_before) {
      const Step step(2, width, context);
      Sequence ours(2, width, read, 5);
      Sequence theirs = ours;
      const auto expected = step.expected(theirs), computed = step.computed({&ours});
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(computed[i], expected[i], 1e-5) << "width " << width << ", position " << read << ", value " << i;
      for (std::size_t i = 0; i < ours.keys.size(); ++i) {
        // A rounding of the angles' products may send a key to the neighbour.
        ASSERT_NEAR(f32_of_bf16(ours.keys[i]), f32_of_bf16(theirs.keys[i]), 0.02f * std::abs(f32_of_bf16(theirs.keys[i])) + 1e-6f);
        ASSERT_EQ(ours.values[i], theirs.values[i]);
      }
    }
}

TEST(DeviceAttention, SameWhateverIsBeside) {
  DEVICE_OR_SKIP();
  const Step step(3, 32, context);
  std::vector<Sequence> sequences;
  for (std::uint32_t i = 0; i < std::size(read_before); ++i) sequences.emplace_back(3, 32, read_before[i], 40 + i);
  std::vector<Sequence*> all{nullptr};
  for (Sequence& sequence : sequences) all.push_back(&sequence);
  std::swap(all[0], all[2]);
  set_order_of_threads(8);
  const auto together = step.computed(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto first = together.begin() + static_cast<std::ptrdiff_t>(i * 96);
    if (!all[i]) {
      EXPECT_TRUE(std::all_of(first, first + 96, [](float value) { return value == 0; }));
      continue;
    }
    set_order_of_threads(i);
    const auto alone = step.computed({all[i]});  // again: it writes the same position
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), first)) << i;
  }
}

}  // namespace
}  // namespace radfm::kernels::cuda
