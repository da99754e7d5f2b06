// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file that arrives in Orthanc: what is found in its head lies in it, is short and bare of what pads it; and a head says the
// same whatever follows.
#include <vector>

#include "orthanc-plugin/identifying_header.h"
#include "tests/fuzz/fuzz_input.h"

using radfm::fuzz::must;
using radfm::plugin::IdentifyingHeader;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t preamble_bytes = 128;  // which nobody reads: no input need spell it
  std::vector<std::uint8_t> file(preamble_bytes, 0);
  file.insert(file.end(), data, data + size);
  const auto header = radfm::plugin::read_identifying_header(file);
  if (!header) return 0;
  for (const std::string* value : {&header->patient_id, &header->study_instance_uid, &header->series_instance_uid, &header->sop_instance_uid}) {
    must(value->size() <= radfm::plugin::header_value_bytes_max, "a value is short");
    must(value->empty() || (value->front() != ' ' && value->back() != ' ' && value->back() != '\0'), "a value is bare");
    must(radfm::fuzz::text_of(file.data(), file.size()).find(*value) != std::string_view::npos, "a value stands in the file");
  }
  must(!header->study_instance_uid.empty() && !header->series_instance_uid.empty() && !header->sop_instance_uid.empty(), "no UID is missing");
  file.resize(file.size() + 16, 0xFF);
  const auto again = radfm::plugin::read_identifying_header(file);
  must(again && again->patient_id == header->patient_id && again->sop_instance_uid == header->sop_instance_uid, "what follows changes nothing");
  return 0;
}
