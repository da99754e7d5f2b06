// SPDX-License-Identifier: Apache-2.0
// Aim: texts that are made together, in any order of arrival, with urgent ones between and with cancelled ones beside them, are
// those of each alone, token by token.
#include "pipeline/model/sequence.h"

#include <gtest/gtest.h>

#include <list>
#include <random>

#include "pipeline/model/embedding_cache.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

struct Question {
  std::vector<int> prompt;
  std::shared_ptr<const ModelInput> images;
  int max_new_tokens = 0;
};

// A question with 0 to 2 images, a prompt and a limit of its own.
Question question(int number) {
  const int images = number % 3;
  ModelInput input{images, 16, 16, 4, std::vector<float>(static_cast<std::size_t>(images) * 3 * 16 * 16 * 4)};
  const auto hash = name_hash("question " + std::to_string(number / 2));  // some images are those of others
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(hash, i);
  Question asked{{1, 3 + number % 20}, std::make_shared<const ModelInput>(std::move(input)), 4 + number * 5 % 23};
  for (int i = 0; i < images; ++i)
    asked.prompt.insert(asked.prompt.end(), {32, 34 + 2 * i, 35 + 2 * i, 33});
  for (int i = 0; i < number % 7; ++i) asked.prompt.push_back(3 + (number * 11 + i * 5) % 29);
  return asked;
}

std::unique_ptr<Sequence> begun(const Radfm& network, const Question& asked, GenerationControl control = {}) {
  return std::make_unique<Sequence>(network, asked.prompt, asked.images, asked.max_new_tokens, std::move(control));
}

std::vector<int> alone(const Radfm& network, const Question& asked) {
  const auto generated = generate_tokens(network, asked.prompt, *asked.images, asked.max_new_tokens, {});
  if (!generated) throw std::runtime_error(generated.error().message);
  return generated->ids;
}

// A step of all that have not ended: those that decode together, and then the first of the others.
void step(const std::vector<Sequence*>& sequences) {
  std::vector<Sequence*> decoding;
  for (Sequence* sequence : sequences)
    if (sequence->decodes()) decoding.push_back(sequence);
  decode_together(decoding);
  for (Sequence* sequence : sequences) {
    if (sequence->decodes() || sequence->has_ended()) continue;
    sequence->prepare_step();
    break;
  }
}

class Sequences : public testing::TestWithParam<Placement> {
 protected:
  void SetUp() override {
    for (int i = 0; i < count; ++i) alone_.push_back(alone(network_.radfm, question(i)));
  }
  // All questions in this order, at most `together` at once, a next one as soon as there is room.
  void make_all(const std::vector<int>& order, std::size_t together, EmbeddingCache* embeddings) {
    std::list<std::pair<int, std::unique_ptr<Sequence>>> making;
    std::size_t widest = 0;
    for (std::size_t next = 0; next < order.size() || !making.empty();) {
      if (next < order.size() && making.size() < together) {
        GenerationControl control;
        control.embeddings = embeddings;
        making.emplace_back(order[next], begun(network_.radfm, question(order[next]), control));
        ++next;
      }
      std::vector<Sequence*> all;
      for (const auto& [number, sequence] : making) all.push_back(sequence.get());
      step(all);
      widest = std::max(widest, making.size());
      std::erase_if(making, [&](const auto& made) {
        if (!made.second->has_ended()) return false;
        EXPECT_EQ(made.second->result()->ids, alone_[static_cast<std::size_t>(made.first)]) << "question " << made.first;
        return true;
      });
    }
    EXPECT_EQ(widest, std::min(together, order.size()));
  }

  static constexpr int count = 64;
  TestNetwork network_ = drawn_network(GetParam());
  std::vector<std::vector<int>> alone_;
};

TEST_P(Sequences, TogetherAreWhatTheyAreAlone) {
  std::vector<int> order;
  for (int i = 0; i < count; ++i) order.push_back(i);
  constexpr unsigned seed = 20261129;
  std::mt19937 random(seed);
  std::cout << "seed " << seed << "\n";
  for (const std::size_t together : {64u, 64u, 7u, 2u}) {
    EmbeddingCache embeddings(1 << 12, "digest", "type");  // too small for all images
    make_all(order, together, &embeddings);
    std::shuffle(order.begin(), order.end(), random);
  }
}

// An urgent one is stepped alone, at each moment that it can come; the others stand still and are unchanged.
TEST_P(Sequences, AnUrgentOneChangesNothing) {
  const std::vector<int> ordinary{2, 5, 8, 13}, urgent{1};
  for (int moment = 0; moment < 24; ++moment) {
    std::vector<std::unique_ptr<Sequence>> making;
    std::vector<Sequence*> all;
    for (const int number : ordinary) {
      making.push_back(begun(network_.radfm, question(number)));
      all.push_back(making.back().get());
    }
    for (int i = 0; i < moment; ++i) step(all);
    const auto between = begun(network_.radfm, question(1));
    while (!between->has_ended()) step({between.get()});
    EXPECT_EQ(between->result()->ids, alone_[1]) << "at moment " << moment;
    while (!std::ranges::all_of(all, &Sequence::has_ended)) step(all);
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(all[i]->result()->ids, alone_[static_cast<std::size_t>(ordinary[i])]) << "at moment " << moment;
  }
}

// One that is cancelled, or fails, leaves the others as they are.
TEST_P(Sequences, ACancelledOneLeavesTheOthers) {
  std::atomic<bool> cancelled = false;
  GenerationControl control;
  control.cancelled = &cancelled;
  const auto first = begun(network_.radfm, question(4)), second = begun(network_.radfm, question(7), control),
             third = begun(network_.radfm, question(9));
  const std::vector<Sequence*> all{first.get(), second.get(), third.get()};
  while (!third->decodes()) step(all);
  ASSERT_TRUE(first->decodes() && second->decodes()) << "too short to be beside each other";
  cancelled = true;
  first->fail(poison_error("out_of_memory", "as this test says"));
  while (!std::ranges::all_of(all, &Sequence::has_ended)) step(all);
  EXPECT_EQ(first->result().error().code, "out_of_memory");
  EXPECT_EQ(second->result()->stopped, "cancelled");
  EXPECT_EQ(third->result()->ids, alone_[9]);
}

INSTANTIATE_TEST_SUITE_P(Types, Sequences,
                         testing::Values(Placement{c10::kCPU, WeightType::f32, 1, false}, Placement{c10::kCPU, WeightType::f32, 1, true},
                                         Placement{c10::kCPU, WeightType::bf16, 1, true}, Placement{c10::kCPU, WeightType::int8},
                                         Placement{c10::kCPU, WeightType::int4}));

}  // namespace
}  // namespace radfm::model
