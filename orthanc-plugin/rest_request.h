// SPDX-License-Identifier: GPL-3.0-or-later
// An HTTP request and its answer as values, so that the REST interface is tested without Orthanc.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace radfm::plugin {

// Of a longer body one byte more is kept, so that its being too long is seen. A `why` of withdrawal_why_bytes_max, each byte of it
// escaped in JSON (\u0041), fits.
inline constexpr std::size_t request_body_bytes_max = 8'192;

struct RestRequest {
  std::string method;  // GET, POST, PUT, DELETE
  std::string path;    // "/radfm/api/v1/jobs"; a closing slash means nothing
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body{};                          // of a POST
};

struct RestResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  // with 405: the methods that there are
};

// Sent with every answer: nothing from outside is loaded, nothing is framed or cached.
const std::map<std::string, std::string>& security_headers();

// {"error": {"code": ..., "message": ...}}
RestResponse error_response(int status, const std::string& code, const std::string& message);
RestResponse json_response(std::string json_text);

// The user that Orthanc's own login let in ("administrator:NAME"), from the Authorization header; without a
// name that can be shown: "administrator".
std::string actor_of(const RestRequest& request);

// A POST of another site's page cannot carry one of these without a preflight, which Orthanc does not grant:
// the header X-RadFM, or the content type application/json.
bool is_same_origin(const RestRequest& request);

}  // namespace radfm::plugin
