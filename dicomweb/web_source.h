// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "orthanc-client/http_client.h"
#include "scu-scp/prior_source.h"

namespace radfm::dicomweb {

struct WebSettings {
  std::string name;  // for reports and logs: "PACS1"
  std::string url;   // of the service: https://pacs.example/dicom-web
  std::string username, password;
  orthanc::PeerTls tls;              // for https
  std::int64_t timeout_ms = 60'000;  // total, of one search, one retrieval or one store
};
// Whom the settings name. permanent "url_not_supported".
Result<orthanc::HttpEndpoint> web_endpoint(const WebSettings& settings);

// DICOMweb (PS3.18): QIDO-RS searches, WADO-RS retrieves, series by series. What comes is read in place, with
// limits, and goes through the same checks as an object that comes by C-STORE. One thread at a time. Errors:
//   those of HttpClient; permanent "url_not_supported", "query_too_wide", "query_not_usable" before anybody
//   is called transient  web_bad_answer       no multipart body, no JSON, or half of it transient  peer_busy
//   429, 5xx but 501 permanent  web_not_authorized   401, 403 permanent  peer_refused_query   any other status; for one object
//   that is retrieved by its SOP Instance UID, and for the documents of a study, 404 is no error: nothing came
Result<std::unique_ptr<scu::PriorSource>> web_source(const WebSettings& settings);

// Everything but RFC 3986's unreserved characters as %XX.
std::string percent_encoded(const std::string& text);

}  // namespace radfm::dicomweb
