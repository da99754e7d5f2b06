// SPDX-License-Identifier: Apache-2.0
#include "tests/worker/fakes.h"

#include "worker/part10_file.h"

namespace radfm::test {

std::string FakeOrthanc::dicom_uid(const std::vector<std::uint8_t>& dicom) {
  const std::optional<worker::Part10File> file = worker::view_part10(dicom);
  return file ? file->sop_instance_uid : "";
}

}  // namespace radfm::test
