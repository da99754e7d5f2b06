// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/web_store.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "dicomweb/search_answer.h"
#include "dicomweb/web_requests.h"
#include "scu-scp/store_scu.h"

namespace radfm::dicomweb {
namespace {

using nlohmann::json;

// Values of one element (F.2.2); an empty array where there are none.
const json& values_of(const json& data_set, const char* tag) {
  static const json none = json::array();
  if (!data_set.is_object()) return none;
  const auto element = data_set.find(tag);
  if (element == data_set.end() || !element->is_object()) return none;
  const auto values = element->find("Value");
  return values != element->end() && values->is_array() ? *values : none;
}

// The item of a sequence that is about the object.
const json* item_of(const json& answer, const char* sequence, const std::string& sop_instance_uid) {
  for (const json& item : values_of(answer, sequence)) {
    for (const json& uid : values_of(item, "00081155")) {
      if (uid.is_string() && uid.get<std::string>() == sop_instance_uid) return &item;
    }
  }
  return nullptr;
}

std::uint16_t reason_of(const json& item, const char* tag) {
  for (const json& reason : values_of(item, tag)) {
    if (reason.is_number_unsigned() && reason.get<std::uint64_t>() <= 0xFFFF) return reason.get<std::uint16_t>();
  }
  return 0;
}

std::string hex(std::uint16_t reason) {
  char text[8];
  std::snprintf(text, sizeof text, "%04X", static_cast<unsigned>(reason));
  return text;
}

// A boundary that the file does not hold.
std::string boundary_for(std::string_view file) {
  for (int number = 0;; ++number) {
    std::string boundary = "radfm-node-part-" + std::to_string(number);
    if (file.find("--" + boundary) == std::string_view::npos) return boundary;
  }
}

// What a status means where it tells enough by itself.
std::optional<Error> status_error(unsigned status, const std::string& answer) {
  if (status == 401 || status == 403)
    return permanent_error("web_not_authorized", answer + ": check the user and the password, and what the user may do");
  if (status == 429 || status / 100 == 5) return transient_error("peer_busy", answer + ": it is asked again later");
  if (status / 100 != 2 && status != 409)
    return permanent_error("peer_refused_object", answer + ": it does not take this object; see its log");
  return std::nullopt;
}

}  // namespace

Result<WebStored> judge_store_answer(unsigned status, const std::string& body, const std::string& sop_instance_uid,
                                     const std::string& who) {
  const std::string answered = who + " answers STOW-RS with HTTP status " + std::to_string(status);
  if (const auto error = status_error(status, answered)) return *error;
  const json answer = nests_too_deep(body) ? json() : json::parse(body, nullptr, false);
  if (const json* failed = item_of(answer, "00081198", sop_instance_uid)) {  // Failed SOP Sequence
    const std::uint16_t reason = reason_of(*failed, "00081197");
    // The reasons are those of C-STORE (I.2.2); a failure without one is a failure all the same.
    auto error = scu::store_status_error(reason == 0 ? 0x0110 : reason, sop_instance_uid);
    if (!error) error = permanent_error("peer_refused_object", "");
    error->message = answered + ", Failure Reason " + hex(reason) + " for " + sop_instance_uid +
                     (error->error_class == ErrorClass::transient ? ": it is asked again later" : ": it does not take this object; see its log");
    return *error;
  }
  WebStored stored;
  const json* taken = item_of(answer, "00081199", sop_instance_uid);  // Referenced SOP Sequence
  if (taken != nullptr && status != 409) {
    if (const std::uint16_t warning = reason_of(*taken, "00081196"); warning != 0)
      stored.warnings.push_back(hex(warning) + " for " + sop_instance_uid);
    return stored;
  }
  if (status == 409 && body.empty())
    return permanent_error("peer_refused_object", answered + ": it does not take this object; see its log");
  if (status == 202 || status == 409)
    return transient_error("web_bad_answer", answered + " and does not say what became of the object");
  return stored;
}

Result<WebStored> web_store(const WebSettings& settings, std::span<const std::uint8_t> dicom, const std::string& sop_instance_uid,
                            int wake_fd) {
  const auto endpoint = web_endpoint(settings);
  if (!endpoint) return endpoint.error();
  const std::string_view file(reinterpret_cast<const char*>(dicom.data()), dicom.size());
  const std::string boundary = boundary_for(file);
  orthanc::HttpRequest request;
  request.method = store_instance.method;
  request.path = path_of(store_instance);
  request.content_type = "multipart/related; type=\"application/dicom\"; boundary=" + boundary;
  request.accept = store_instance.media_type;
  request.answer_bytes_max = store_answer_bytes_max;
  request.any_body = true;  // 409 says why
  request.body = "--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n";
  request.body.append(file).append("\r\n--" + boundary + "--\r\n");
  std::string body;
  orthanc::HttpClient http(endpoint.value(), settings.username, settings.password, settings.timeout_ms, wake_fd);
  const auto status = http.exchange(request, [&](std::string_view piece) {
    body.append(piece);
    return Status();
  });
  if (!status) return status.error();
  return judge_store_answer(status.value(), body, sop_instance_uid, endpoint->peer);
}

}  // namespace radfm::dicomweb
