// SPDX-License-Identifier: Apache-2.0
// How much memory a model needs and how much there is, asked before a byte of its weights is read: a machine
// that starts to swap, or an engine that the kernel kills in the middle of a study, is a worse answer than a
// refusal. Links no torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/safetensors.h"

namespace radfm::model {

// Bytes. An estimate from the sizes alone: what the program and its libraries take, the weights, the cache of
// a full context, and the largest intermediate values (one image at its full depth, or a prompt that fills the
// context), images of a full prompt included.
struct MemoryNeed {
  std::int64_t program = 0, weights = 0, cache = 0, working = 0;
  std::int64_t second = 0;  // of an answer that was put aside for a more urgent one: its cache, its images, its prompt between two layers
  std::int64_t total() const { return program + weights + cache + working; }
  // Of several answers at once: one on its way, one put aside in the middle of its images or its prompt, and others of which
  // there is the cache only.
  std::int64_t total_of(int answers) const { return total() + (answers > 1 ? second + (answers - 2) * cache : 0); }
};
MemoryNeed memory_need(const ModelConfig& config, WeightType type);

// Memory that this process may still take, and where the figure comes from ("MemAvailable", ...).
struct AvailableMemory {
  std::int64_t bytes = INT64_MAX;
  std::string source = "unknown";
};
// The smaller one of MemAvailable and of what each memory cgroup above this process leaves (its limit less
// its use, page cache not counted as use). A machine that tells neither is trusted.
AvailableMemory available_memory();

// The same from the files of another root ("/proc/meminfo", "/proc/self/cgroup", "/sys/fs/cgroup/..." below
// it), for tests.
AvailableMemory available_memory(const std::string& root);

// What a device is, for the words of a refusal.
enum class DeviceKind { processor, gpu };

// transient "not_enough_memory" (memory may come back): how much is needed, how much there is, what would fit.
Status check_memory(const ModelConfig& config, WeightType type, const AvailableMemory& available,
                    DeviceKind device);

std::string gigabytes(std::int64_t bytes);  // "26.4 GB", in units of 10^9, rounded up

}  // namespace radfm::model
