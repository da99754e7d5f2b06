// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_request.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "core/digest.h"
#include "db/job_json.h"
#include "orthanc-plugin/page_files.h"

namespace radfm::plugin {
namespace {

struct CodeStatus {
  std::string_view code;
  int status;
};
constexpr CodeStatus statuses[] = {
    {"bad_request", 400},    {"bad_parameter", 400}, {"withdrawal_without_reason", 400}, {"search_too_wide", 400}, {"no_such_job", 404},
    {"study_unknown", 404},  {"wrong_state", 409},   {"not_due", 409},                   {"study_ambiguous", 409}, {"study_too_large", 409},
    {"study_uid_invalid", 409}, {"results_purged", 409}, {"job_unreadable", 409}, {"changed_meanwhile", 412},
};

RestResponse too_long(int status, const std::string& code, const std::string& what, std::size_t limit, const std::string& unit) {
  return error_response(status, code, what + " has more than " + std::to_string(limit) + " " + unit);
}

}  // namespace

const std::map<std::string, std::string>& security_headers() {
  static const std::map<std::string, std::string> headers = {
      {"Content-Security-Policy",
       // CSP Level 3, 2.3.1: of styles that stand in a page itself, ours and no other.
       "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-" + base64(sha256(page_look)) + "'; img-src 'self'; connect-src 'self'; "
       "base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      // Not no-referrer: with that some browsers send "Origin: null" to ourselves.
      {"Referrer-Policy", "same-origin"},
      {"Cache-Control", "no-store"},
  };
  return headers;
}

RestResponse json_response(std::string json_text, std::string etag) {
  return {200, "application/json", std::move(json_text), "", 0, std::move(etag)};
}

RestResponse error_response(int status, const std::string& code, const std::string& message) {
  const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
  return {status, "application/json", db::json_text(body), ""};
}

RestResponse error_response(const Error& error) {
  int status = 503;
  for (const CodeStatus& known : statuses)
    if (known.code == error.code) status = known.status;
  return error_response(status, error.code, error.message);
}

RestResponse bad_parameter(const std::string& name, const std::string& expected) {
  return error_response(400, "bad_parameter", name + ": expected " + expected);
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

std::string header(const RestRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

std::optional<RestResponse> refuse_by_size(const RestRequest& request) {
  if (request.path.size() > request_path_bytes_max) return too_long(414, "path_too_long", "the address", request_path_bytes_max, "bytes");
  if (request.body.size() > request_body_bytes_max) return too_long(413, "body_too_long", "the body", request_body_bytes_max, "bytes");
  if (request.query.size() > request_parameters_max)
    return too_long(400, "bad_parameter", "the address", request_parameters_max, "parameters");
  for (const auto& [name, value] : request.query) {
    if (name.size() + value.size() > request_parameter_bytes_max)
      return too_long(400, "bad_parameter", "a parameter", request_parameter_bytes_max, "bytes");
  }
  std::size_t header_bytes = 0;
  for (const auto& [name, value] : request.headers) header_bytes += name.size() + value.size();
  if (request.headers.size() > request_headers_max) return too_long(431, "headers_too_long", "the request", request_headers_max, "headers");
  if (header_bytes > request_headers_bytes_max)
    return too_long(431, "headers_too_long", "the request", request_headers_bytes_max, "bytes of headers");
  return std::nullopt;
}

int status_for_orthanc(int status) {
  return status == 429 ? 503 : status == 431 ? 400 : status;
}

}  // namespace radfm::plugin
