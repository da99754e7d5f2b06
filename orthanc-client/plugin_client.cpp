// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/plugin_client.h"

#include <nlohmann/json.hpp>

#include "core/rule_json.h"
#include "orthanc-client/orthanc_client.h"

namespace radfm::orthanc {
namespace {

using nlohmann::json;

constexpr const char* configuration_refused = "configuration_refused";

Error bad_answer(const std::string& path) {
  return transient_error("orthanc_bad_answer", "the answer to " + path + " is not what radfm-node's plugin sends; is it of this version?");
}

std::string text_at(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_at(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return texts;
  for (const json& text : *found)
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

// {"error": {...}} of the plugin's; an empty object when it is none.
json error_in(const std::string& body) {
  const json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("error") || text_at(parsed["error"], "code").empty()) return json::object();
  return parsed["error"];
}

Error refusal(unsigned status, const std::string& body, const std::string& path) {
  const json error = error_in(body);
  if (const std::string code = text_at(error, "code"); !code.empty()) {
    const std::string message = text_at(error, "message");
    return status == 503 ? transient_error(code, message) : permanent_error(code, message);
  }
  if (status == 404)
    return permanent_error("plugin_missing", "Orthanc has no " + path + ": is radfm-node's plugin loaded in it, and of this version?");
  return answer_error(status, path, "orthanc_error");
}

}  // namespace

Result<std::unique_ptr<PluginClient>> PluginClient::make(const OrthancSettings& settings, int wake_fd) {
  Result<HttpEndpoint> endpoint = orthanc_endpoint(settings);
  if (!endpoint) return endpoint.error();
  HttpClient http(std::move(endpoint).value(), settings.username, settings.password, settings.timeout_ms, wake_fd);
  return std::unique_ptr<PluginClient>(new PluginClient(std::move(http)));
}

Result<PluginClient::Answer> PluginClient::ask(const std::string& method, const std::string& path) {
  HttpRequest request{.method = method, .path = path, .body = "", .content_type = "", .answer_bytes_max = plugin_answer_bytes_max};
  request.headers = {{"X-RadFM", "1"}};  // no page of another site can send it
  request.any_body = true;
  Answer answer;
  const Result<unsigned> status = http_.exchange(request, [&](std::string_view piece) {
    answer.body += piece;
    return Status();
  });
  if (!status) return as_orthanc_error(status.error());
  answer.status = *status;
  return answer;
}

Result<RulesInForce> PluginClient::rules() {
  const std::string path = "/radfm/api/v1/rules";
  const Result<Answer> answer = ask("GET", path);
  if (!answer) return answer.error();
  if (answer->status != 200) return refusal(answer->status, answer->body, path);
  const json body = json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("rules") || !body["rules"].is_array()) return bad_answer(path);
  RulesInForce found{text_at(body, "file"), text_at(body, "read_at"), texts_at(body, "refused"), {}};
  std::vector<JsonMistake> of_another_version;  // what is not understood keeps its default
  for (const json& rule : body["rules"]) found.rules.push_back(read_rule(JsonSection(rule, "rules", &of_another_version)));
  return found;
}

Result<RulesReading> PluginClient::reload_rules() {
  const std::string path = "/radfm/api/v1/rules/reload";
  const Result<Answer> answer = ask("POST", path);
  if (!answer) return answer.error();
  if (const json error = error_in(answer->body); answer->status == 409 && text_at(error, "code") == configuration_refused) {
    RulesReading refused{texts_at(error, "mistakes"), text_at(error, "message"), 0, {}};
    if (refused.mistakes.empty()) return bad_answer(path);  // it would read as taken
    return refused;
  }
  if (answer->status != 200) return refusal(answer->status, answer->body, path);
  const json body = json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("rules") || !body["rules"].is_number_integer()) return bad_answer(path);
  return RulesReading{{}, {}, body["rules"].get<std::int64_t>(), text_at(body, "read_at")};
}

}  // namespace radfm::orthanc
