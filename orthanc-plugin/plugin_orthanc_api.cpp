// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_orthanc_api.h"

namespace radfm::plugin {
namespace {

class MemoryBuffer {
 public:
  explicit MemoryBuffer(OrthancPluginContext* context) : context_(context) {}
  ~MemoryBuffer() { OrthancPluginFreeMemoryBuffer(context_, &buffer_); }
  MemoryBuffer(const MemoryBuffer&) = delete;
  MemoryBuffer& operator=(const MemoryBuffer&) = delete;
  OrthancPluginMemoryBuffer* out() { return &buffer_; }
  std::string str() const {
    return buffer_.data == nullptr ? std::string()
                                   : std::string(static_cast<const char*>(buffer_.data), buffer_.size);
  }

 private:
  OrthancPluginContext* context_;
  OrthancPluginMemoryBuffer buffer_{};
};

constexpr std::uint16_t http_ok = 200;
constexpr std::uint16_t http_not_found = 404;

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
  return answer.str();
}

}  // namespace radfm::plugin
