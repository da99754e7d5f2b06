// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/rest_request.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "db/job_json.h"

namespace radfm::plugin {
namespace {

constexpr std::size_t user_name_length_max = 64;

// RFC 4648 4. Stops at the first byte that is none of the alphabet.
std::string decode_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>(bits >> held & 0xFFU));
  }
  return bytes;
}

std::string header(const RestRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

bool starts_with_no_case(std::string_view text, std::string_view lower_start) {
  return text.size() >= lower_start.size() &&
         std::equal(lower_start.begin(), lower_start.end(), text.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

}  // namespace

const std::map<std::string, std::string>& security_headers() {
  static const std::map<std::string, std::string> headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
       "base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cache-Control", "no-store"},
  };
  return headers;
}

RestResponse json_response(std::string json_text) {
  return {200, "application/json", std::move(json_text), ""};
}

RestResponse error_response(int status, const std::string& code, const std::string& message) {
  const nlohmann::json body = {{"error", {{"code", code}, {"message", message}}}};
  return {status, "application/json", db::json_text(body), ""};
}

std::string actor_of(const RestRequest& request) {
  constexpr std::string_view scheme = "basic ";
  const std::string authorization = header(request, "authorization");
  if (!starts_with_no_case(authorization, scheme)) return "administrator";
  const std::string credentials = decode_base64(std::string_view(authorization).substr(scheme.size()));
  const std::string name = credentials.substr(0, credentials.find(':'));
  const bool fit_to_show = !name.empty() && name.size() <= user_name_length_max &&
                           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  return fit_to_show ? "administrator:" + name : "administrator";
}

bool is_same_origin(const RestRequest& request) {
  return request.headers.count("x-radfm") > 0 ||
         starts_with_no_case(header(request, "content-type"), "application/json");
}

}  // namespace radfm::plugin
