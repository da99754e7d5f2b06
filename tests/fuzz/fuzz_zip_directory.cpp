// SPDX-License-Identifier: Apache-2.0
// Any bytes as a zip file: what the directory accepts lies inside the file, apart, under plain names.
#include <vector>

#include "pipeline/model/checkpoint/zip_directory.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::model;
using radfm::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t record_bytes_max = 1u << 20;
  const auto source = byte_source_in_memory("input.bin", radfm::fuzz::text_of(data, size));
  const auto records = read_zip_directory(*source);
  if (!records.ok()) return 0;
  std::uint64_t all = 0;
  for (const auto& [name, record] : *records) {
    must(!name.empty() && ("/" + name + "/").find("//") == std::string::npos &&
             ("/" + name + "/").find("/../") == std::string::npos,
         "an accepted name is plain");
    must(record.data_offset <= size && record.bytes <= size - record.data_offset,
         "an accepted record lies in the file");
    all += record.bytes;
    const auto bytes = read_zip_record(*source, name, record, record_bytes_max);
    if (bytes.ok()) must(bytes->size() == record.bytes, "an accepted record is read whole");
  }
  must(all <= size, "accepted records do not share bytes");
  return 0;
}
