// SPDX-License-Identifier: GPL-3.0-or-later
// OrthancApi over the plugin SDK: in-process REST calls, without Orthanc's access control.
// Used by the plugin's own thread and by REST answers, which Orthanc asks for without holding its lock; never inside another callback of
// Orthanc. Safe from any thread.
// Exceptions: std::bad_alloc only.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

class PluginOrthancApi final : public OrthancApi {
 public:
  explicit PluginOrthancApi(OrthancPluginContext* context) : context_(context) {}
  Result<std::string> get(const std::string& path) override;
  Result<std::string> post(const std::string& path, const std::string& body) override;
  Result<std::string> kept_text() override;
  Status keep_text(const std::string& text) override;

 private:
  Result<std::string> call(OrthancPluginHttpMethod method, const std::string& path, const std::string& body);
  OrthancPluginContext* context_;
};

}  // namespace radfm::plugin
