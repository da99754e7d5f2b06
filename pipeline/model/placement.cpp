// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/placement.h"

#include "core/log.h"
#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

constexpr int answers_max_ever = 65;  // 64 ordinary ones (engine_requests.h) and an urgent one

Error unavailable(const std::string& device, const std::string& why) {
  return permanent_error("device_unavailable", "model.device is " + device.substr(0, 40) + ", " + why);
}

Result<c10::Device> device_of(const std::string& word) {
  if (word == "cpu" || (word == "auto" && cuda::device_count() == 0)) return c10::Device(c10::kCPU);
  const char* known = "which is none of auto, cpu, cuda, cuda:N";
  int index = 0;
  if (word.starts_with("cuda:")) {
    const std::string digits = word.substr(5);
    if (digits.empty() || digits.size() > 2 || digits.find_first_not_of("0123456789") != std::string::npos)
      return unavailable(word, known);
    index = std::stoi(digits);
  } else if (word != "cuda" && word != "auto") {
    return unavailable(word, known);
  }
  if (!cuda::built_in())
    return unavailable(word, "but this engine was built without CUDA; set it to cpu, or build with "
                             "scripts/setup --cuda");
  if (index >= cuda::device_count())
    return unavailable(word, "but this machine shows " + std::to_string(cuda::device_count()) +
                                 " GPUs to the engine; check nvidia-smi, or set it to cpu");
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

AvailableMemory memory_of(int gpu) {
  return {cuda::memory(gpu).free_bytes, "free memory of the GPU " + cuda::device_name(gpu)};
}

// That an answer cannot be put aside for a more urgent one is no reason not to answer.
int answers_max(const ModelConfig& config, WeightType type, const AvailableMemory& available, DeviceKind device) {
  const MemoryNeed need = memory_need(config, type, device);
  int answers = 1;
  while (answers < answers_max_ever && need.total_of(answers + 1) <= available.bytes) ++answers;
  if (answers == 1)
    log_line(LogLevel::warning, "engine",
             "a report of lane stat is made next and does not overtake the one in the making: both at once need " +
                 gigabytes(need.total_of(2)) + " of memory, " + gigabytes(available.bytes) + " are available (" +
                 available.source + ")");
  return answers;
}

// What "auto" tries first.
WeightType automatic(WeightType stored, const c10::Device& device) {
  if (device.is_cuda()) return cuda::runs_kernels(device.index()) ? stored : plain_type(stored);
  return is_quantised(stored) ? stored : WeightType::f32;
}

// float32 on a GPU is libtorch's, and so is all on one that is older than the kernels.
bool is_packed(WeightType type, const c10::Device& device) {
  if (is_quantised(type) || type == WeightType::f16) return is_quantised(type);
  return device.is_cpu() || (type == WeightType::bf16 && cuda::runs_kernels(device.index()));
}

}  // namespace

Result<Placement> place(const PlacementWish& wish, const ModelFiles& files,
                        const AvailableMemory& processor_memory) {
  const auto device = device_of(wish.device);
  if (!device) return device.error();
  const auto wished = parse_compute_type(wish.dtype);
  if (!wished) return wished.error();
  const bool gpu = device->is_cuda();
  const auto available = gpu ? memory_of(device->index()) : processor_memory;
  const DeviceKind kind = gpu ? DeviceKind::gpu : DeviceKind::processor;
  const WeightType stored = stored_type(files);

  if (gpu && *wished && is_quantised(**wished) && !cuda::runs_kernels(device->index()))
    return permanent_error("device_unavailable", "model.dtype is " + std::string(compute_type_name(**wished)) + ", which the GPU " +
                                                     cuda::device_name(device->index()) +
                                                     " is too old for (it needs compute capability 8.0): set it to auto or bf16, or "
                                                     "model.device to cpu");

  Placement placement{*device, wished->value_or(automatic(stored, *device))};
  auto fits = check_memory(files.config, placement.type, available, kind);
  if (!fits && !*wished && !gpu && stored != placement.type && check_memory(files.config, stored, available, kind)) {
    log_line(LogLevel::warning, "engine",
             "float32 does not fit the memory; the model computes in " + std::string(compute_type_name(stored)) +
                 ", the type that its weights are stored in: " + fits.error().message);
    placement.type = stored;
  } else if (!fits) {
    return fits.error();
  }
  placement.packed = is_packed(placement.type, *device);
  placement.answers_max = answers_max(files.config, placement.type, available, kind);
  return placement;
}

}  // namespace radfm::model
