// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/withdrawal_request.h"

#include <nlohmann/json.hpp>

#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

Error bad_request(const std::string& message) {
  return permanent_error("bad_request", message);
}

std::optional<std::string> text_at(const json& body, const char* key) {
  const auto found = body.find(key);
  if (found == body.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

Result<WithdrawalRequest> read_withdrawal_request(const std::string& body) {
  if (body.size() > request_body_bytes_max)
    return bad_request("the body has more than " + std::to_string(request_body_bytes_max) + " bytes");
  const json given = json::parse(body, nullptr, false);  // refuses what is no UTF-8
  if (!given.is_object()) return bad_request(R"(expected the JSON object {"reason": ..., "why": ...} as UTF-8)");
  const std::optional<std::string> name = text_at(given, "reason"), why = text_at(given, "why");
  const std::optional<RejectionReason> reason = name ? parse_rejection_reason(*name) : std::nullopt;
  if (!reason) return bad_request("reason: expected quality or patient_safety");
  if (!why) return bad_request("why: expected a text that says why the draft is withdrawn");
  if (const auto expected = mistake_in_why(*why)) return bad_request("why: expected " + *expected);
  if (given.size() != 2) return bad_request("unknown member; there are reason and why");
  return WithdrawalRequest{*reason, *why};
}

}  // namespace radfm::plugin
