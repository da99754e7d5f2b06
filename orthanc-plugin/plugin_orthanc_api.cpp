// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_orthanc_api.h"

#include <memory>

namespace radfm::plugin {
namespace {

class MemoryBuffer {
 public:
  explicit MemoryBuffer(OrthancPluginContext* context) : context_(context) {}
  ~MemoryBuffer() { OrthancPluginFreeMemoryBuffer(context_, &buffer_); }
  MemoryBuffer(const MemoryBuffer&) = delete;
  MemoryBuffer& operator=(const MemoryBuffer&) = delete;
  OrthancPluginMemoryBuffer* out() { return &buffer_; }
  std::size_t size() const { return buffer_.data == nullptr ? 0 : buffer_.size; }
  std::string str() const {
    return buffer_.data == nullptr ? std::string()
                                   : std::string(static_cast<const char*>(buffer_.data), buffer_.size);
  }

 private:
  OrthancPluginContext* context_;
  OrthancPluginMemoryBuffer buffer_{};
};

struct FreeString {
  OrthancPluginContext* context;
  void operator()(char* text) const { OrthancPluginFreeString(context, text); }
};

constexpr std::uint16_t http_ok = 200;
constexpr std::uint16_t http_not_found = 404;
constexpr std::int32_t kept_text_property = 4317;  // below 1024 they are Orthanc's own

}  // namespace

Result<std::string> PluginOrthancApi::get(const std::string& path) {
  return call(OrthancPluginHttpMethod_Get, path, {});
}

Result<std::string> PluginOrthancApi::post(const std::string& path, const std::string& body) {
  return call(OrthancPluginHttpMethod_Post, path, body);
}

Result<std::string> PluginOrthancApi::call(OrthancPluginHttpMethod method, const std::string& path,
                                           const std::string& body) {
  MemoryBuffer answer(context_);
  MemoryBuffer answer_headers(context_);
  std::uint16_t status = 0;
  const OrthancPluginErrorCode code =
      OrthancPluginCallRestApi(context_, answer.out(), answer_headers.out(), &status, method, path.c_str(), 0,
                               nullptr, nullptr, body.data(), static_cast<std::uint32_t>(body.size()), 0);
  if (code == OrthancPluginErrorCode_UnknownResource ||
      (code == OrthancPluginErrorCode_Success && status == http_not_found))
    return permanent_error(not_found_code, path + " is not in Orthanc (any more)");
  if (code != OrthancPluginErrorCode_Success)
    return transient_error("orthanc_unavailable", path + ": Orthanc answered error " + std::to_string(code) +
                                                      "; its log says why; it is asked again");
  if (status != http_ok)
    return transient_error("orthanc_unavailable", path + ": Orthanc answered HTTP " + std::to_string(status) +
                                                      "; its log says why; it is asked again");
  if (answer.size() > answer_bytes_max)
    return permanent_error("answer_too_large", path + ": Orthanc's answer has " + std::to_string(answer.size()) +
                                                   " bytes, more than " + std::to_string(answer_bytes_max) +
                                                   "; split or remove the study");
  return answer.str();
}

Result<std::string> PluginOrthancApi::kept_text() {
  char* const text = OrthancPluginGetGlobalProperty(context_, kept_text_property, "");
  if (text == nullptr)
    return transient_error("orthanc_unavailable",
                           "Orthanc does not read its global properties; its log says why; it is asked again");
  std::unique_ptr<char, FreeString> owned(text, FreeString{context_});
  return std::string(text);
}

Status PluginOrthancApi::keep_text(const std::string& text) {
  const OrthancPluginErrorCode code = OrthancPluginSetGlobalProperty(context_, kept_text_property, text.c_str());
  if (code == OrthancPluginErrorCode_Success) return {};
  return transient_error("orthanc_unavailable", "Orthanc cannot write into its index (error " + std::to_string(code) +
                                                    "): is its disk full? It is tried again");
}

}  // namespace radfm::plugin
