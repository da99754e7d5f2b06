// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pipeline/model/compute_type.h"
#include "pipeline/model/memory_need.h"
#include "tests/pipeline/model/golden_case.h"
#include "tests/pipeline/model/tiny_model.h"

namespace radfm::model {
namespace {

// The published sizes.
ModelConfig published() {
  return *parse_model_config(R"({
    "vision": {"image_size": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim": 768, "depth": 12, "heads": 8,
               "dim_head": 64, "mlp": 2048},
    "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4},
    "llama": {"vocab": 32000, "hidden": 5120, "mlp": 13824, "layers": 40, "heads": 40, "context": 2048},
    "input": {"depth_max": 64}})");
}

std::string refusal(WeightType type, std::int64_t available, DeviceKind device = DeviceKind::processor) {
  const auto status = check_memory(published(), type, {available, "a figure of this test"}, device);
  return status.ok() ? "" : status.error().message;
}

// The published model's weights and cache, by hand: 13.1 billion parameters, 2 * 40 * 5120 * 2048 cache values.
TEST(MemoryNeed, PublishedSizes) {
  const auto parameters = parameters_of(published());
  const auto f32 = memory_need(published(), WeightType::f32), bf16 = memory_need(published(), WeightType::bf16);
  EXPECT_EQ(f32.weights, parameters * 4);
  EXPECT_EQ(bf16.weights, parameters * 2 + 32000ll * 5120 * 4);
  EXPECT_EQ(f32.cache, 3'355'443'200);
  EXPECT_EQ(bf16.cache, 1'677'721'600);
  EXPECT_EQ(memory_need(published(), WeightType::f16).total(), bf16.total());
  EXPECT_GT(bf16.working, 8ll * 3 * 512 * 512 * 64 * 4);  // the images of a full prompt alone
}

// Quantised weights, by hand: a byte (half a byte and, for each 128, a scale of two bytes) for each value of the seven
// matrices, a byte for the head's, two for all others; one float32 scale for each row of int8.
TEST(MemoryNeed, OfQuantisedWeights) {
  const auto parameters = parameters_of(published());
  const std::int64_t square = 5120ll * 5120, wide = 5120ll * 13824, head = 32000ll * 5120;
  const std::int64_t matrices = 40 * (4 * square + 3 * wide), rows = 40 * (5 * 5120 + 2 * 13824);
  const std::int64_t others = (parameters - matrices - head) * 2, head_bytes = head + 32000 * 4;
  EXPECT_EQ(memory_need(published(), WeightType::int8).weights, matrices + rows * 4 + head_bytes + others);
  EXPECT_EQ(memory_need(published(), WeightType::int4).weights, matrices / 2 + matrices / 128 * 2 + head_bytes + others);
  EXPECT_EQ(memory_need(published(), WeightType::int4).cache, 1'677'721'600);
}

// What a second sequence needs is said apart: its cache, its images, and its prompt between two layers, by hand.
TEST(MemoryNeed, OfAnAnswerThatIsPutAside) {
  const auto need = memory_need(published(), WeightType::bf16);
  EXPECT_EQ(need.second, 1'677'721'600 + 8ll * 3 * 512 * 512 * 64 * 4 + 2048ll * 4 * 5120 * 2);
  EXPECT_EQ(need.total_of(2), need.total() + need.second);
}

// At the need itself it loads, one byte below it is refused.
TEST(MemoryNeed, LimitAndOnePast) {
  const auto need = memory_need(published(), WeightType::bf16).total();
  EXPECT_EQ(refusal(WeightType::bf16, need), "");
  EXPECT_NE(refusal(WeightType::bf16, need - 1), "");
}

// A refusal says how much is needed, how much there is, and what would fit.
TEST(MemoryNeed, RefusalNamesWhatFits) {
  const auto message = refusal(WeightType::f32, 40'000'000'000);
  for (const char* part : {"in f32", "weights ", "40.0 GB are available (a figure of this test)",
                           "What would fit: bf16 (", "set model.dtype to bf16", "int8 (", "set model.dtype to int4"})
    EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  EXPECT_EQ(message.find("smaller context"), std::string::npos) << message;  // would not fit in f32 either

  const auto short_of_little = refusal(WeightType::bf16, memory_need(published(), WeightType::bf16).total() - 1);
  EXPECT_NE(short_of_little.find("set llama.context in config.json to 1024"), std::string::npos) << short_of_little;
  EXPECT_EQ(short_of_little.find("to bf16"), std::string::npos) << short_of_little;
  EXPECT_NE(short_of_little.find("set model.dtype to int8"), std::string::npos) << short_of_little;
  EXPECT_EQ(refusal(WeightType::bf16, 35'000'000'000, DeviceKind::gpu).find("int"), std::string::npos);  // no kernels there

  EXPECT_NE(refusal(WeightType::f32, 1'000'000'000).find("Nothing smaller fits here: use a machine with more memory"),
            std::string::npos);
  EXPECT_NE(refusal(WeightType::f32, 1'000'000'000, DeviceKind::gpu).find("or the processor (model.device cpu)"),
            std::string::npos);
}

// Memory may come back: the refusal is no reason to give a study up.
TEST(MemoryNeed, RefusalIsTransient) {
  const auto error = check_memory(published(), WeightType::f32, {1, "x"}, DeviceKind::processor).error();
  EXPECT_EQ(error.error_class, ErrorClass::transient);
  EXPECT_EQ(error.code, "not_enough_memory");
}

class Machine : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const auto file = folder_.path / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  AvailableMemory asked() { return available_memory(folder_.path.string()); }
  TestFolder folder_;
};

// Without a cgroup limit it is the machine's figure; without any figure the machine is trusted.
TEST_F(Machine, MemAvailable) {
  EXPECT_EQ(asked().bytes, INT64_MAX);
  write("proc/meminfo", "MemTotal:       2000 kB\nMemFree:         100 kB\nMemAvailable:   1500 kB\n");
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "7\n");
  EXPECT_EQ(asked().bytes, 1500 * 1024);
  EXPECT_EQ(asked().source, "MemAvailable of this machine");
}

// The narrowest group above us decides; page cache in it can be given back and is no use.
TEST_F(Machine, UnifiedCgroups) {
  write("proc/meminfo", "MemAvailable:   1500 kB\n");
  write("proc/self/cgroup", "0::/service/job\n");
  write("sys/fs/cgroup/service/job/memory.max", "max\n");
  write("sys/fs/cgroup/service/memory.max", "1000\n");
  write("sys/fs/cgroup/service/memory.current", "900\n");
  write("sys/fs/cgroup/service/memory.stat", "anon 300\nfile 600\nactive_file 250\ninactive_file 350\n");
  EXPECT_EQ(asked().bytes, 1000 - (900 - 600));
  EXPECT_NE(asked().source.find("cgroup"), std::string::npos);
  write("sys/fs/cgroup/service/memory.current", "1700\n");
  EXPECT_EQ(asked().bytes, 0);  // never below nothing
}

// Version 1, where the memory controller has a line and a folder of its own.
TEST_F(Machine, FirstCgroups) {
  write("proc/meminfo", "MemAvailable:   1500 kB\n");
  write("proc/self/cgroup", "5:cpu:/x\n4:memory:/docker/1\n0::/y\n");
  write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes", "4000\n");
  write("sys/fs/cgroup/memory/docker/1/memory.stat", "total_active_file 100\ntotal_inactive_file 200\n");
  EXPECT_EQ(asked().bytes, 5000 - 3700);
  write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "9223372036854771712\n");  // no limit, in version 1
  EXPECT_EQ(asked().bytes, 1500 * 1024);
}

// The six words, and nothing else.
TEST(ComputeType, Words) {
  EXPECT_FALSE(parse_compute_type("auto")->has_value());
  for (const WeightType type : compute_types) EXPECT_EQ(**parse_compute_type(std::string(compute_type_name(type))), type);
  EXPECT_EQ(parse_compute_type("int2").error().code, "compute_type_unknown");
}

}  // namespace
}  // namespace radfm::model
