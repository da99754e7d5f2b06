// SPDX-License-Identifier: Apache-2.0
// radfm-training-bench CONFIG [THREADS]: how long a step of training takes on this machine's processor, optimiser
// included, for batches of examples with drawn pixels and tokens: nothing is waited for but the network.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "demo/training/learner.h"
#include "pipeline/model/seed_weights.h"

namespace {

using namespace radfm;
using namespace radfm::training;

constexpr int steps_timed = 4;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Drawer {
 public:
  Drawer(const model::ModelConfig& config, const LabelKinds& kinds) : config_(config), kinds_(kinds) {}

  // `tokens`: of prompt and answer together, images included; 0: no language.
  Example example(int images, int depth, int tokens, int answer) {
    Example made;
    made.images = images;
    made.height = config_.vision.image_height;
    made.width = config_.vision.image_width;
    made.depth = depth;
    const std::size_t count = static_cast<std::size_t>(images * made.height * made.width * depth);
    for (std::size_t i = 0; i < count; ++i) made.pixels.push_back(model::drawn_unit(7, next_++));
    const std::size_t places = static_cast<std::size_t>(config_.vision.rows() * config_.vision.columns() * depth /
                                                        config_.vision.frame_patch);
    for (int i = 0; i < images; ++i) {
      made.keys.push_back(next_++);
      made.labels.push_back({std::vector<int>(kinds_.of_image.size(), 1), {}});
      for (std::size_t m = 0; m < kinds_.maps.size(); ++m) made.labels.back().maps.emplace_back(places, 0.3f);
    }
    if (images > 1) made.pair_labels.assign(kinds_.of_pair.size(), 1);
    if (tokens == 0) return made;
    made.ids = {1};
    for (int i = 0; i < images; ++i) {
      made.ids.push_back(config_.image_token());
      for (int k = 0; k < config_.perceiver.latents; ++k)
        made.ids.push_back(config_.first_placeholder(static_cast<std::size_t>(i)) + k);
      made.ids.push_back(config_.image_end_token());
    }
    while (static_cast<int>(made.ids.size()) < tokens)
      made.ids.push_back(
          3 + static_cast<int>(model::drawn_unit(9, next_++) * static_cast<float>(config_.llama.vocab - 3)));
    made.answer_begin = made.ids.size() - static_cast<std::size_t>(answer);
    made.weights.assign(static_cast<std::size_t>(answer), 1.0f);
    return made;
  }
  std::vector<Example> examples(int count, int images, int depth, int tokens, int answer) {
    std::vector<Example> made;
    for (int i = 0; i < count; ++i) made.push_back(example(images, depth, tokens, answer));
    return made;
  }

 private:
  const model::ModelConfig& config_;
  const LabelKinds& kinds_;
  std::uint64_t next_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  keep_code_of_all_shapes();
  if (count < 2 || count > 3) {
    std::cerr << "usage: radfm-training-bench CONFIG [THREADS]\n";
    return 2;
  }
  const auto config = model::read_model_config(arguments[1]);
  if (!config) {
    std::cerr << "radfm-training-bench: " << config.error().message << "\n";
    return 2;
  }
  LearnerSettings settings;
  settings.config = *config;
  settings.kinds = {{{"kind", 4}, {"side", 2}, {"zone", 3}, {"size", 3}, {"heart", 2}},
                    {{"change", 8}},
                    {"a", "b", "c", "d", "e", "f"}};
  settings.seed = "bench";
  settings.workers = count == 3 ? std::atoi(arguments[2]) : 0;
  settings.processor = true;
  Learner learner(settings);
  Drawer drawer(settings.config, settings.kinds);
  const int flat = config->vision.frame_patch, deep = config->input.depth_max;
  struct Case {
    std::string name;
    std::vector<Example> examples;
  };
  const std::string depth = std::to_string(deep);
  const Case cases[] = {{"48 pictures, heads", drawer.examples(48, 1, flat, 0, 0)},
                        {"8 volumes of " + depth + ", heads", drawer.examples(8, 1, deep, 0, 0)},
                        {"36 sequences of 150 tokens, a picture each", drawer.examples(36, 1, flat, 150, 35)},
                        {"18 pairs of pictures, 150 tokens", drawer.examples(18, 2, flat, 150, 35)},
                        {"9 pairs of volumes of " + depth + ", 150 tokens", drawer.examples(9, 2, deep, 150, 35)}};
  std::printf("%s, %lld parameters with heads\n", learner.place().c_str(),
              static_cast<long long>(learner.parameters()));
  for (const auto& batch : cases) {
    double seconds = 1e9, processor = 1e9;
    for (int i = 0; i <= steps_timed; ++i) {  // the first is not counted
      const double began = seconds_now(), used = processor_seconds();
      const auto step = learner.step(batch.examples, {}, {1e-5, 1e-5, 1e-5});
      if (!step) {
        std::cerr << "radfm-training-bench: " << step.error().message << "\n";
        return 1;
      }
      if (i == 0) continue;
      seconds = std::min(seconds, seconds_now() - began);
      processor = std::min(processor, processor_seconds() - used);
    }
    std::printf("%-46s %6.2f steps/s  (%.0f ms of processor a step)\n", batch.name.c_str(), 1 / seconds,
                processor * 1e3);
  }
  return 0;
}
