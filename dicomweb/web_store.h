// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "dicomweb/web_source.h"

namespace radfm::dicomweb {

inline constexpr std::size_t store_answer_bytes_max = 1u << 20;

struct WebStored {
  std::vector<std::string> warnings;  // Warning Reason of an object that was taken (PS3.18 I.2.1), "B000 for 2.25..."
};

// STOW-RS (PS3.18 10.5): one DICOM file, held in memory, as multipart/related. Storing it twice is harmless: the same UID
// names the same object. Success says what the server says; whether it has the object, web_source() can ask. One thread.
// Errors: those of HttpClient; permanent "url_not_supported"; besides
//   transient  peer_busy             429, 5xx, or a Failure Reason A7xx: out of resources
//   transient  web_bad_answer        202 or 409 with a body that does not say what became of the object
//   permanent  web_not_authorized    401, 403
//   permanent  peer_refused_object   any other Failure Reason, 409 without a body, and any other status
Result<WebStored> web_store(const WebSettings& settings, std::span<const std::uint8_t> dicom, const std::string& sop_instance_uid,
                            int wake_fd);

// What a server says of the one object, by status and body (PS3.18 10.5.3, I.2; the DICOM JSON model of F.2). `who`: for messages.
Result<WebStored> judge_store_answer(unsigned status, const std::string& body, const std::string& sop_instance_uid,
                                     const std::string& who);

}  // namespace radfm::dicomweb
