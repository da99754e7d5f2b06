// SPDX-License-Identifier: Apache-2.0
// Any bytes as a safetensors file, or as the index of a sharded one where they begin with a brace.
#include <cstring>

#include "pipeline/model/checkpoint/weight_index.h"
#include "pipeline/model/safetensors.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::model;
using radfm::fuzz::must;

namespace {

void read_index(std::string_view text) {
  const auto map = parse_weight_index("index.json", text);
  if (!map.ok()) return;
  for (const auto& [tensor, shard] : *map)
    must(shard.find('/') == std::string::npos && shard.front() != '.', "a shard name stays in its folder");
}

void read_file(std::string_view bytes) {
  const radfm::fuzz::MemoryFile file(bytes);
  const auto opened = SafetensorsFile::open(file.path());
  if (!opened.ok()) return;
  std::size_t all = 0;
  for (const auto& entry : opened->tensors()) {
    const TensorView& view = entry.second;
    std::size_t read = 0;
    const auto done = opened->read_chunks(entry.first, [&](const std::uint8_t* data, std::size_t count) {
      must(std::memcmp(data, view.data + read, count) == 0, "what is read is what is mapped");
      read += count;
      return radfm::Status();
    });
    must(done.ok() && read == view.bytes, "an accepted tensor is read whole");
    all += read;
  }
  must(all < bytes.size(), "tensors do not share bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = radfm::fuzz::text_of(data, size);
  if (bytes.starts_with('{'))
    read_index(bytes);
  else
    read_file(bytes);
  return 0;
}
