// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/model_bench.h"

#include <fstream>
#include <istream>
#include <ostream>
#include <sstream>

#include "pipeline/model/bench/loaded_bench.h"
#include "pipeline/model/cuda_device.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

// VmHWM: the most memory that was resident.
std::int64_t peak_resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::int64_t kib = 0;
    if (word == "VmHWM:" && file >> kib) return kib * 1024;
  }
  return 0;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "unknown";
}

BenchFigures facts_of(const LoadedBench& loaded) {
  const c10::Device device = loaded.placement.device;
  BenchFigures figures;
  figures.model = loaded.files.card.name;
  figures.device = device.is_cuda() ? device.str() + " (" + cuda::device_name(device.index()) + ")" : device.str();
  figures.dtype = compute_type_name(loaded.placement.type);
  figures.processor = processor_name();
  figures.threads = loaded.threads;
  figures.layers = loaded.files.config.llama.layers;
  figures.parameters = parameters_of(loaded.files.config);
  figures.load_s = loaded.load_s;
  figures.weight_bytes = weight_bytes(loaded.files.config, loaded.placement.type);
  figures.estimated_bytes = memory_need(loaded.files.config, loaded.placement.type, device.is_cuda() ? DeviceKind::gpu : DeviceKind::processor).total();
  return figures;
}

void measure_speed(const LoadedBench& loaded, const BenchOptions& options, BenchFigures& figures) {
  const c10::Device device = loaded.placement.device;
  const ModelMeasurements of_model(loaded.model, loaded.form(), options.workload, loaded.cache_bytes_max());
  timed(of_model.list(), 1, device);
  figures.peak_bytes = device.is_cuda() ? cuda::peak_bytes(device.index()) : peak_resident_bytes();

  const LimitMeasurements of_limits(device, loaded.threads);
  timed(of_limits.list(), 1, device);
  std::vector<Measurement> all = of_limits.list();
  all.insert(all.end(), of_model.list().begin(), of_model.list().end());
  const auto timings = timed(all, options.rounds, device);
  const std::size_t limits = of_limits.list().size();
  for (std::size_t i = 0; i < all.size(); ++i) (i < limits ? figures.of_limits : figures.of_model).push_back({all[i], timings[i]});
  figures.limits = of_limits.limits(timings);
  figures.report = of_model.report();
  figures.left_out = of_model.left_out();
  for (Measured& one : figures.of_model)
    if (one.what.kind == "report") one.what.work = report_work(loaded.files.config, loaded.form(), figures.report.sizes);
}

Status measure_exactness(const LoadedBench& loaded, BenchFigures& figures) {
  const auto weights = reference_weights(loaded);
  if (!weights) {
    figures.left_out.emplace_back("exactness: the same weights in float32 do not fit the memory besides");
    return {};
  }
  if (!*weights) return weights->error();
  const auto exactness = exactness_of(loaded.model, Radfm(loaded.files.config, **weights));
  if (!exactness) return exactness.error();
  figures.exactness = *exactness;
  figures.exactness->of_arithmetic = loaded.files.directory.empty();
  return {};
}

}  // namespace

Result<BenchFigures> run_bench(const BenchOptions& options) {
  const auto loaded = load_bench(options);
  if (!loaded) return loaded.error();
  BenchFigures figures = facts_of(*loaded);
  if (options.speed) measure_speed(*loaded, options, figures);
  if (options.exactness)
    if (auto done = measure_exactness(*loaded, figures); !done) return done.error();
  return figures;
}

Status serve_bench(const BenchOptions& options, std::istream& questions, std::ostream& answers) {
  const auto loaded = load_bench(options);
  if (!loaded) return loaded.error();
  const c10::Device device = loaded->placement.device;
  const ModelMeasurements measurements(loaded->model, loaded->form(), options.workload, loaded->cache_bytes_max());
  answers << "ready" << std::endl;
  for (std::string line; std::getline(questions, line);) {
    std::istringstream words(line);
    std::string kind;
    int size = 0;
    words >> kind >> size;
    const Measurement* found = nullptr;
    for (const Measurement& one : measurements.list())
      if (!found && one.kind == kind && (size == 0 || one.size == size)) found = &one;
    if (found)
      answers << seconds_of(*found, device) << " " << found->units << std::endl;
    else
      answers << "?" << std::endl;
  }
  return {};
}

}  // namespace radfm::model
