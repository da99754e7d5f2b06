// SPDX-License-Identifier: GPL-3.0-or-later
// The Orthanc that we live in, as the plugin's own thread asks it. A seam: tests put a fake Orthanc here.
// Only answers that come from Orthanc's index are asked for; nothing here makes it open a stored file.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace radfm::plugin {

// The code of the error for a resource that is no longer there (HTTP 404).
inline constexpr const char* not_found_code = "not_found";
// A larger answer is not copied and not parsed. The index of a study of study_instances_max instances takes about a third.
inline constexpr std::size_t answer_bytes_max = std::size_t{64} << 20U;

class OrthancApi {
 public:
  virtual ~OrthancApi() = default;
  // The body of a 200 answer. Errors: permanent "not_found" (gone), permanent "answer_too_large", transient
  // "orthanc_unavailable" (all else).
  virtual Result<std::string> get(const std::string& path) = 0;
  virtual Result<std::string> post(const std::string& path, const std::string& body) = 0;

  // One short text of ours that Orthanc keeps in its index (a global property): it shares the index's fate, and
  // outlives Orthanc's death. Empty when nothing was kept. Errors: transient "orthanc_unavailable".
  virtual Result<std::string> kept_text() = 0;
  virtual Status keep_text(const std::string& text) = 0;
};

}  // namespace radfm::plugin
