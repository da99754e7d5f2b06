// SPDX-License-Identifier: Apache-2.0
#include "demo/training/learner.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <cstdlib>
#include <new>
#include <thread>

#include "demo/training/learner_files.h"
#include "demo/training/optimizer.h"
#include "demo/training/training_network.h"
#include "pipeline/model/conversion/conversion.h"
#include "pipeline/model/cuda_device.h"

namespace radfm::training {
namespace {

constexpr std::size_t measured_at_once = 16;  // examples

c10::Device device_of(const LearnerSettings& settings) {
  const bool gpu = !settings.processor && model::cuda::built_in() && model::cuda::device_count() > 0;
  return gpu ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
}

// Without the processor's own instructions for it bfloat16 is slower than float32. (Processors with AMX have these too.)
bool has_sixteen_bits(const c10::Device& device) {
#if defined(__x86_64__)
  return !device.is_cpu() || __builtin_cpu_supports("avx512bf16");
#else
  return !device.is_cpu();
#endif
}

int workers_of(const LearnerSettings& settings, const c10::Device& device) {
  if (!device.is_cpu()) return 1;
  if (settings.workers > 0) return settings.workers;
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

template <class Value, class Work>
Result<Value> caught(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return permanent_error("out_of_memory", "the training ran out of memory; give it smaller steps or fewer threads");
  } catch (const c10::Error& error) {
    const std::string line = error.what_without_backtrace();
    return permanent_error("training_failed", "libtorch failed: " + line.substr(0, line.find('\n')));
  }
}

}  // namespace

void keep_code_of_all_shapes() { ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "20000", /*overwrite=*/0); }

struct Learner::State {
  LearnerSettings settings;
  c10::Device device;
  bool sixteen_bits;
  std::vector<Parameter> parameters;
  WorkerPool pool;
  std::vector<std::vector<at::Tensor>> leaves;  // of each worker
  std::vector<TrainingNetwork> networks;        // of each worker
  std::optional<AdamW> optimizer;

  explicit State(const LearnerSettings& given)
      : settings(given),
        device(device_of(given)),
        sixteen_bits(has_sixteen_bits(device)),
        parameters(parameters_of(given.config, given.kinds, given.channels)),
        pool(workers_of(given, device), [] { at::set_num_threads(1); }) {
    if (device.is_cuda()) model::cuda::set_deterministic();
    draw_values(parameters, settings.config, settings.seed, device);
    for (int i = 0; i < pool.workers(); ++i) leaves.push_back(leaves_of(parameters));
    for (int i = 0; i < pool.workers(); ++i)
      networks.emplace_back(settings.config, settings.kinds, parameters, leaves[static_cast<std::size_t>(i)]);
    optimizer.emplace(parameters, AdamSettings());
  }

  StepReport backward(const std::vector<Example>& examples, const TaskWeights& weights) {
    const auto shares = shares_of(examples, pool.workers(), settings.config.vision);
    const Asked asked = asked_of(examples, settings.kinds);
    std::vector<std::array<double, tasks>> losses(shares.size());
    pool.run([&](int worker) {
      const auto own = static_cast<std::size_t>(worker);
      if (shares[own].empty()) return;
      const StepLoss loss = networks[own].loss(shares[own], asked, weights, sixteen_bits);
      losses[own] = loss.of_task;
      if (loss.total.defined()) loss.total.backward();
    });
    StepReport report;
    for (const auto& of_worker : losses)
      for (std::size_t t = 0; t < tasks; ++t) report.loss[t] += of_worker[t];
    report.total = report.loss[task_classes] * weights.classes + report.loss[task_pairs] * weights.pairs +
                   report.loss[task_maps] * weights.maps + report.loss[task_language] * weights.language;
    return report;
  }
};

Learner::Learner(const LearnerSettings& settings) : state_(std::make_unique<State>(settings)) {}
Learner::~Learner() = default;

std::string Learner::place() const {
  const std::string type = state_->sixteen_bits ? "bf16 products" : "f32";
  if (!state_->device.is_cpu()) return model::cuda::device_name(0) + ", " + type;
  return std::to_string(state_->pool.workers()) + (state_->pool.workers() == 1 ? " thread, " : " threads, ") + type;
}

int Learner::workers() const {
  return state_->pool.workers();
}

std::int64_t Learner::parameters() const {
  std::int64_t sum = 0;
  for (const auto& parameter : state_->parameters) sum += parameter.value.numel();
  return sum;
}

Result<StepReport> Learner::step(const std::vector<Example>& examples, const TaskWeights& weights,
                                 const Rates& rates) {
  return caught<StepReport>([&]() -> Result<StepReport> {
    StepReport report = state_->backward(examples, weights);
    report.norm = state_->optimizer->step(state_->pool, state_->leaves, rates);
    return report;
  });
}

Status Learner::rehearse(const std::vector<Example>& examples, const TaskWeights& weights) {
  return caught<void>([&]() -> Status {
    state_->backward(examples, weights);
    for (auto& of_worker : state_->leaves)
      for (auto& leaf : of_worker) leaf.mutable_grad() = at::Tensor();
    return {};
  });
}

Result<Measures> Learner::measure(const std::vector<Example>& examples) {
  return caught<Measures>([&]() -> Result<Measures> {
    Measures measures(state_->settings.kinds);
    std::vector<Measures> of_worker(static_cast<std::size_t>(state_->pool.workers()), measures);
    const auto shares = shares_of(examples, state_->pool.workers(), state_->settings.config.vision);
    state_->pool.run([&](int worker) {
      const auto own = static_cast<std::size_t>(worker);
      for (std::size_t begin = 0; begin < shares[own].size(); begin += measured_at_once) {
        const auto first = shares[own].begin() + static_cast<std::ptrdiff_t>(begin);
        const std::size_t count = std::min(measured_at_once, shares[own].size() - begin);
        state_->networks[own].measure({first, first + static_cast<std::ptrdiff_t>(count)}, of_worker[own]);
      }
    });
    for (const auto& own : of_worker) measures.add(own);
    return measures;
  });
}

Status Learner::save(const std::filesystem::path& file) const {
  return save_state(file, state_->parameters, state_->optimizer->state());
}

Status Learner::load(const std::filesystem::path& file) {
  return load_state(file, state_->parameters, state_->optimizer->state());
}

Status Learner::adopt(const model::ModelFiles& files) {
  model::Placement placement;
  placement.type = model::WeightType::f32;
  const auto published = model::Weights::load(files, placement, {});
  if (!published) return published.error();
  return adopt_values(state_->parameters, *published, state_->settings.channels);
}

Status Learner::publish(const std::filesystem::path& out, const std::filesystem::path& tokenizer,
                        const model::ModelCard& card) const {
  const std::filesystem::path whole = out.string() + ".f32.safetensors";
  const auto tensors = published_tensors(state_->parameters, state_->settings.config, state_->settings.channels);
  if (auto written = write_tensors(whole, tensors); !written) return written.error();
  Status done;
  {
    const auto checkpoint = model::Checkpoint::open_file(whole);
    if (!checkpoint) {
      done = checkpoint.error();
    } else {
      model::ConversionOrder order;
      order.config = state_->settings.config;
      order.tokenizer = tokenizer;
      order.out = out;
      order.card = card;
      order.type = model::WeightType::bf16;
      if (const auto converted = model::convert_checkpoint(*checkpoint, order); !converted) done = converted.error();
    }
  }
  std::error_code ignored;
  std::filesystem::remove(whole, ignored);
  return done;
}

}  // namespace radfm::training
