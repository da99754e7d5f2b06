// SPDX-License-Identifier: GPL-3.0-or-later
// The Orthanc that we live in, as the plugin's own thread asks it. A seam: tests put a fake Orthanc here.
// Only answers that come from Orthanc's index are asked for; nothing here makes it open a stored file.
#pragma once

#include <string>

#include "core/result.h"

namespace radfm::plugin {

// The code of the error for a resource that is no longer there (HTTP 404).
inline constexpr const char* not_found_code = "not_found";

class OrthancApi {
 public:
  virtual ~OrthancApi() = default;
  // The body of a 200 answer. Errors: permanent "not_found" (gone), transient "orthanc_unavailable" (all
  // else).
  virtual Result<std::string> get(const std::string& path) = 0;
  virtual Result<std::string> post(const std::string& path, const std::string& body) = 0;
};

}  // namespace radfm::plugin
