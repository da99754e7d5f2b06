// SPDX-License-Identifier: GPL-3.0-or-later
// An HTTP request and its answer as values, so that the REST interface is tested without Orthanc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::plugin {

// Of a longer body one byte more is kept, so that its being too long is seen. A `why` of withdrawal_why_bytes_max, each byte of it
// escaped in JSON (\u0041), fits.
inline constexpr std::size_t request_body_bytes_max = 8'192;
// Beyond what any of our addresses needs. Orthanc itself refuses a head of more than 16 KiB, and hands over 64 headers without a word of the
// rest: a request of which a part was dropped is not answered.
inline constexpr std::size_t request_path_bytes_max = 256;
inline constexpr std::size_t request_parameters_max = 12;        // behind the question mark
inline constexpr std::size_t request_parameter_bytes_max = 256;  // one name and its value
inline constexpr std::size_t request_headers_max = 60;
inline constexpr std::size_t request_headers_bytes_max = 12u << 10;  // all names and values

struct RestRequest {
  std::string method;  // GET, POST, PUT, DELETE
  std::string path;    // "/radfm/api/v1/jobs"; a closing slash means nothing
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case; of several with one name Orthanc hands over the first
  std::string body{};                          // of a POST
};

struct RestResponse {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  // with 405: the methods that there are
  int retry_after_s = 0;  // with 429 and 503: when it may be tried again; 0: not said
  std::string etag = {};  // with 200 and 304 (entity_tag.h); empty: none
};

// Sent with every answer: nothing from outside is loaded, nothing is framed, embedded elsewhere or cached.
const std::map<std::string, std::string>& security_headers();

// {"error": {"code": ..., "message": ...}}
RestResponse error_response(int status, const std::string& code, const std::string& message);
RestResponse error_response(const Error& error);  // by its code; one that no status stands for is 503
RestResponse bad_parameter(const std::string& name, const std::string& expected);
RestResponse json_response(std::string json_text, std::string etag = {});

// The number of a job, and the like: digits alone, at least 1.
std::optional<std::int64_t> positive_number(std::string_view text);

// The value of a header by its name in lower case; empty when it is not there.
std::string header(const RestRequest& request, const char* name);

// What of the request is beyond its limit: 413, 414, 431 or, for parameters, 400.
std::optional<RestResponse> refuse_by_size(const RestRequest& request);

// Orthanc 1.10.1 sends no status that it has no words for: it answers nothing at all then. 429 goes out as 503, 431 as 400.
int status_for_orthanc(int status);

}  // namespace radfm::plugin
