// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

// Collects what is not shown, one entry for each series and reason.
class LeftOutList {
 public:
  void add(const std::string& series_instance_uid, const Refusal& refusal);
  void add(const std::string& series_instance_uid, const Error& error);
  std::vector<LeftOut> take() { return std::move(entries_); }

 private:
  std::vector<LeftOut> entries_;
};

}  // namespace radfm::imaging
