// SPDX-License-Identifier: Apache-2.0
// How fast phantoms are drawn, one thread: build/demo/radfm-phantom-bench
#include <benchmark/benchmark.h>

#include "demo/phantom_maps.h"
#include "demo/phantom_picture.h"
#include "demo/training/phantom_records.h"

namespace radfm::demo {
namespace {

using phantom::Modality;

void draw_case(benchmark::State& state, Modality modality) {
  std::uint64_t seed = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(phantom::draw_pair(seed++, modality, modality));
  }
}

void draw(benchmark::State& state, Modality modality) {
  std::vector<phantom::Visit> visits;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) visits.push_back(phantom::draw_pair(seed, modality, modality).current);
  std::size_t i = 0;
  for (auto _ : state) {
    phantom::Visit& visit = visits[i++ % visits.size()];
    if (state.range(0) > 0) visit.matrix = static_cast<int>(state.range(0));
    benchmark::DoNotOptimize(draw_picture(visit));
  }
}

void draw_record(benchmark::State& state, training::RecordSource::Stage stage, std::uint64_t parity) {
  model::ModelConfig config;
  config.vision.image_height = config.vision.image_width = 64;
  config.vision.patch = 8;
  config.vision.frame_patch = 4;
  config.input.depth_max = 24;
  const training::PhantomRecords source(1, config);
  std::uint64_t number = parity;
  std::size_t images = 0;
  for (auto _ : state) {
    const training::Record record = source.record(stage, number += 2);
    images += record.images.size();
  }
  state.counters["images/record"] = benchmark::Counter(double(images), benchmark::Counter::kAvgIterations);
}

BENCHMARK_CAPTURE(draw_case, radiographs_without_pixels, Modality::radiograph)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, radiograph, Modality::radiograph)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw, ct_of_24_slices, Modality::ct)->Arg(64)->Arg(96)->Unit(benchmark::kMillisecond);

// As a trainer asks for them: pictures, maps, text.
BENCHMARK_CAPTURE(draw_record, caption_radiographs, training::RecordSource::Stage::caption, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw_record, caption_volumes, training::RecordSource::Stage::caption, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw_record, instruct_radiographs, training::RecordSource::Stage::instruct, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw_record, instruct_volumes, training::RecordSource::Stage::instruct, 1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace radfm::demo

BENCHMARK_MAIN();
