// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/error_frame.h"

#include <algorithm>

#include "pipeline/process/json_field.h"

namespace radfm::process {
namespace {

constexpr std::size_t code_length_max = 64;

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= code_length_max && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string one_line(std::string text) {
  std::size_t end = std::min(text.size(), error_message_bytes_max);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

}  // namespace

nlohmann::json error_frame(const Error& error) {
  return {{"type", "error"}, {"class", to_string(error.error_class)}, {"code", error.code}, {"message", error.message}};
}

Error error_from_frame(const std::string& who, const nlohmann::json& frame) {
  Error error;
  error.error_class = parse_error_class(text_field(frame, "class")).value_or(ErrorClass::permanent);
  if (error.error_class == ErrorClass::cancelled) error.error_class = ErrorClass::permanent;
  error.code = text_field(frame, "code");
  if (!is_code(error.code)) error.code = who + "_error";
  error.message = one_line(text_field(frame, "message"));
  if (error.message.empty()) error.message = "the " + who + " could not do its work and did not say why";
  return error;
}

}  // namespace radfm::process
