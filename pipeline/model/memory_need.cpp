// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/memory_need.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "pipeline/model/compute_type.h"
#include "pipeline/model/prompt.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

constexpr std::int64_t program_bytes = 350'000'000;  // libtorch's pages and its threads' buffers
constexpr int context_min = 512;                     // a shorter context holds no image and report

// One image at full depth on its way through the vision tower.
std::int64_t vision_bytes(const ModelConfig& config, std::int64_t element) {
  const VisionConfig& vision = config.vision;
  const std::int64_t tokens =
      std::int64_t{vision.rows()} * vision.columns() * (config.input.depth_max / vision.frame_patch);
  // Pixels, cut into patches, and their norm; then x, its norm, q, k, v, their mixture and the MLP's inside.
  const std::int64_t patches = std::int64_t{3} * tokens * vision.patch_values();
  const std::int64_t layer = tokens * (4 * vision.dim + 5 * vision.heads * vision.dim_head + 2 * vision.mlp);
  return std::max(patches, layer) * element;
}

// A prompt of `tokens` tokens on its way through one layer; its norms are computed in float32.
std::int64_t language_bytes(const LlamaConfig& llama, std::int64_t tokens, std::int64_t element) {
  const std::int64_t inside = tokens * (6 * llama.hidden + 3 * llama.mlp) * element;
  const std::int64_t exact = tokens * 3 * llama.hidden * 4;
  return inside + exact + std::int64_t{4} * llama.vocab;
}

// The same between two layers: the embeddings, and x with what a layer added to it twice.
std::int64_t language_bytes_between(const LlamaConfig& llama, std::int64_t tokens, std::int64_t element) {
  return tokens * 4 * llama.hidden * element;
}

std::int64_t prompt_images_bytes(const ModelConfig& config) {
  const std::int64_t one =
      std::int64_t{image_channels} * config.vision.image_height * config.vision.image_width * config.input.depth_max;
  return one * 4 * static_cast<std::int64_t>(prompt_images_max);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() || value < 0) return {};
  return value;
}

// The number behind a word ("MemAvailable:  123 kB", "inactive_file 456").
std::optional<std::int64_t> number_behind(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string found; words >> found;)
    if (found == word && words >> found) return number(found);
  return {};
}

// What one memory cgroup leaves; nothing when it has no limit. Version 2 names differ from version 1.
std::optional<std::int64_t> left_in(const std::string& folder) {
  const bool second = std::ifstream(folder + "/memory.max").good();
  const auto limit = number(text_of(folder + (second ? "/memory.max" : "/memory.limit_in_bytes")));
  const auto used = number(text_of(folder + (second ? "/memory.current" : "/memory.usage_in_bytes")));
  if (!limit || !used) return {};
  const std::string statistics = text_of(folder + "/memory.stat");
  std::int64_t cached = 0;
  for (const char* word : {"active_file", "inactive_file"})
    cached += number_behind(statistics, (second ? "" : "total_") + std::string(word)).value_or(0);
  return std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, *used - cached));
}

// Our place in the memory hierarchy: "0::/a/b" (version 2) or "4:memory:/a/b" (version 1), as a folder.
std::optional<std::pair<std::string, std::string>> own_cgroup(const std::string& root) {
  std::istringstream lines(text_of(root + "/proc/self/cgroup"));
  std::optional<std::pair<std::string, std::string>> found;
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers == "memory") return std::pair{root + "/sys/fs/cgroup/memory", path};
    if (controllers.empty()) found = {root + "/sys/fs/cgroup", path};
  }
  return found;
}

struct Alternative {
  bool fits = false;
  std::string words;
};

// Other settings on the same device, cheapest change first.
std::vector<Alternative> alternatives(const ModelConfig& config, WeightType type, std::int64_t available, DeviceKind device) {
  std::vector<Alternative> list;
  const std::int64_t needed = memory_need(config, type).total();
  for (const WeightType smaller : {WeightType::bf16, WeightType::int8, WeightType::int4}) {
    if (is_quantised(smaller) && device == DeviceKind::gpu) continue;
    const std::int64_t need = memory_need(config, smaller).total();
    if (need >= needed) continue;
    const std::string name(compute_type_name(smaller));
    list.push_back({need <= available, name + " (" + gigabytes(need) + "): set model.dtype to " + name});
  }
  for (ModelConfig smaller = config; smaller.llama.context / 2 >= context_min;) {
    smaller.llama.context /= 2;
    const auto need = memory_need(smaller, type).total();
    if (need > available) continue;
    list.push_back({true, "a smaller context (" + gigabytes(need) + "): set llama.context in config.json to " +
                              std::to_string(smaller.llama.context)});
    break;
  }
  return list;
}

}  // namespace

MemoryNeed memory_need(const ModelConfig& config, WeightType type) {
  const LlamaConfig& llama = config.llama;
  const auto element = static_cast<std::int64_t>(bytes_of(plain_type(type)));
  MemoryNeed need;
  need.program = program_bytes;
  need.weights = weight_bytes(config, type);
  // The output head is kept in float32 also when all else is in 16 bits.
  if (type == WeightType::bf16 || type == WeightType::f16) need.weights += std::int64_t{llama.vocab} * llama.hidden * 4;
  need.cache = std::int64_t{2} * llama.layers * llama.hidden * llama.context * element;
  need.working = prompt_images_bytes(config) +
                 std::max(vision_bytes(config, element), language_bytes(llama, llama.context, element));
  need.second = need.cache + prompt_images_bytes(config) + language_bytes_between(llama, llama.context, element);
  return need;
}

AvailableMemory available_memory(const std::string& root) {
  AvailableMemory available;
  if (const auto kib = number_behind(text_of(root + "/proc/meminfo"), "MemAvailable:"))
    available = {*kib * 1024, "MemAvailable of this machine"};
  if (const auto cgroup = own_cgroup(root)) {
    const auto& [top, path] = *cgroup;
    // The folder itself and all above it: each of them can be the narrowest.
    for (std::string at = path;; at = at.substr(0, at.rfind('/'))) {
      if (const auto left = left_in(top + at); left && *left < available.bytes)
        available = {*left, "the memory limit of this service (cgroup)"};
      if (at.empty() || at.find('/') == std::string::npos) break;
    }
  }
  return available;
}

AvailableMemory available_memory() { return available_memory(""); }

std::string gigabytes(std::int64_t bytes) {
  const std::int64_t tenths = (bytes + 99'999'999) / 100'000'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

Status check_memory(const ModelConfig& config, WeightType type, const AvailableMemory& available,
                    DeviceKind device) {
  const MemoryNeed need = memory_need(config, type);
  if (need.total() <= available.bytes) return {};
  std::string message = "the model needs " + gigabytes(need.total()) + " of memory in " +
                        std::string(compute_type_name(type)) + " (weights " + gigabytes(need.weights) + ", cache " +
                        gigabytes(need.cache) + ", working memory " + gigabytes(need.working + need.program) +
                        "); " + gigabytes(available.bytes) + " are available (" + available.source + ").";
  std::string fitting;
  for (const auto& other : alternatives(config, type, available.bytes, device))
    if (other.fits) fitting += (fitting.empty() ? " What would fit: " : "; or ") + other.words;
  if (!fitting.empty() && device == DeviceKind::gpu) fitting += "; or the processor: set model.device to cpu";
  if (fitting.empty())
    fitting = std::string(" Nothing smaller fits here: use ") +
              (device == DeviceKind::gpu ? "a GPU with more memory, or the processor (model.device cpu)"
                                         : "a machine with more memory, or a GPU (model.device cuda)");
  return transient_error("not_enough_memory", message + fitting + ".");
}

}  // namespace radfm::model
