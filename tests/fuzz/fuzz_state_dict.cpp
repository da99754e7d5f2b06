// SPDX-License-Identifier: Apache-2.0
// Any bytes as the pickle of a state dict; where it is accepted, an archive is made around it with a record
// for each storage, and every tensor view is read.
#include <algorithm>

#include "pipeline/model/checkpoint/pytorch_file.h"
#include "pipeline/model/checkpoint/state_dict.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/stored_zip.h"

using namespace radfm::model;
using radfm::fuzz::must;

namespace {

constexpr std::uint64_t record_bytes_max = 16u << 10;

std::string archive_of(std::string_view pickle, const StateDict& dict) {
  std::vector<std::pair<std::string, std::string>> records{{"r/data.pkl", std::string(pickle)}};
  for (const auto& storage : dict.storages) {
    std::uint64_t bytes = 0;
    if (storage.values < 0 ||
        __builtin_mul_overflow(static_cast<std::uint64_t>(storage.values), storage.type->bytes, &bytes))
      bytes = 8;
    records.emplace_back("r/data/" + storage.key, std::string(std::min(bytes, record_bytes_max), 'x'));
  }
  return radfm::test::stored_zip(records);
}

void read_tensors(const PytorchFile& file) {
  for (const auto& [name, view] : file.tensors()) {
    std::uint64_t bytes = element_type(view.dtype)->bytes, read = 0;
    for (const auto size : view.shape)
      must(!__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes),
           "an accepted shape is possible");
    must(bytes == view.bytes && bytes <= record_bytes_max, "an accepted tensor lies in its record");
    const auto done = file.read_chunks(name, [&](const std::uint8_t* data, std::size_t count) {
      must(std::all_of(data, data + count, [](auto byte) { return byte == 'x'; }),
           "only the record's bytes are read");
      read += count;
      return radfm::Status();
    });
    must(done.ok() ? read == bytes : done.error().code == "checkpoint_non_contiguous",
         "an accepted tensor is read whole");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view pickle = radfm::fuzz::text_of(data, size);
  const auto dict = unpickle_state_dict("input.bin", pickle);
  if (!dict.ok()) return 0;
  const std::string archive = archive_of(pickle, *dict);
  const auto file = PytorchFile::open(byte_source_in_memory("input.bin", archive));
  if (file.ok()) read_tensors(*file);
  return 0;
}
