// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/orthanc-plugin/fake_context.h"

#include <cstdlib>
#include <cstring>

#include "core/clock.h"

namespace radfm::plugin {
namespace {

// What an OrthancPluginDicomInstance is here.
struct StoredInstance {
  const std::string& file;
  const std::map<std::string, std::string>& metadata;
};

void fill(OrthancPluginMemoryBuffer* buffer, const std::string& text) {
  buffer->data = std::malloc(text.size() + 1);
  buffer->size = static_cast<std::uint32_t>(text.size());
  std::memcpy(buffer->data, text.data(), text.size());
}

}  // namespace

FakeContext::FakeContext() {
  clock_.wall = SystemClock().wall_ms() / 1'000 * 1'000;
  context_.pluginsManager = this;
  context_.orthancVersion = "1.10.1";
  context_.Free = &std::free;
  context_.InvokeService = &FakeContext::invoke;
}

void FakeContext::with_orthanc(const std::function<void(FakeOrthanc&)>& use) {
  const std::lock_guard lock(mutex_);
  use(orthanc_);
}

void FakeContext::wait_for_log(const std::string& part) {
  std::unique_lock lock(mutex_);
  logged_.wait(lock, [&] { return log_.find(part) != std::string::npos; });
}

OrthancPluginErrorCode FakeContext::change(OrthancPluginChangeType type) {
  return on_change(type, OrthancPluginResourceType_None, "");
}

OrthancPluginErrorCode FakeContext::store(const std::string& orthanc_id, const std::string& file,
                                          const std::map<std::string, std::string>& metadata) {
  const StoredInstance instance{file, metadata};
  return on_stored(reinterpret_cast<const OrthancPluginDicomInstance*>(&instance), orthanc_id.c_str());
}

OrthancPluginErrorCode FakeContext::show_instance(_OrthancPluginService service, const void* params) {
  const auto& asked = *static_cast<const _OrthancPluginAccessDicomInstance*>(params);
  const auto& instance = *reinterpret_cast<const StoredInstance*>(asked.instance);
  if (service == _OrthancPluginService_GetInstanceData) *asked.resultString = instance.file.data();
  if (service == _OrthancPluginService_GetInstanceSize) *asked.resultInt64 = static_cast<std::int64_t>(instance.file.size());
  if (asked.key == nullptr) return OrthancPluginErrorCode_Success;
  for (const auto& [name, value] : instance.metadata) {
    if (name != asked.key) continue;
    if (service == _OrthancPluginService_HasInstanceMetadata)
      *asked.resultInt64 = 1;
    else
      *asked.resultString = value.c_str();
    return OrthancPluginErrorCode_Success;
  }
  if (service == _OrthancPluginService_HasInstanceMetadata) *asked.resultInt64 = 0;
  return OrthancPluginErrorCode_Success;
}

std::uint16_t FakeContext::get_page(const std::string& url) {
  OrthancPluginHttpRequest request{};
  request.method = OrthancPluginHttpMethod_Get;
  status_ = 0;
  const OrthancPluginErrorCode code = rest(nullptr, url.c_str(), &request);
  return code == OrthancPluginErrorCode_Success ? status_ : std::uint16_t{0};
}

OrthancPluginErrorCode FakeContext::invoke(OrthancPluginContext* context, _OrthancPluginService service, const void* params) {
  try {
    return static_cast<FakeContext*>(context->pluginsManager)->serve(service, params);
  } catch (...) {
    return OrthancPluginErrorCode_InternalError;  // as Orthanc, which lets nothing out
  }
}

OrthancPluginErrorCode FakeContext::serve(_OrthancPluginService service, const void* params) {
  switch (service) {
    case _OrthancPluginService_LogInfo:
    case _OrthancPluginService_LogWarning:
    case _OrthancPluginService_LogError:
      log(static_cast<const char*>(params));
      break;
    case _OrthancPluginService_GetConfiguration:
      *static_cast<const _OrthancPluginRetrieveDynamicString*>(params)->result = strdup(configuration.c_str());
      break;
    case _OrthancPluginService_GetConfigurationPath:
      *static_cast<const _OrthancPluginRetrieveDynamicString*>(params)->result = strdup("");
      break;
    case _OrthancPluginService_RegisterOnChangeCallback:
      on_change = static_cast<const _OrthancPluginOnChangeCallback*>(params)->callback;
      break;
    case _OrthancPluginService_RegisterOnStoredInstanceCallback:
      on_stored = static_cast<const _OrthancPluginOnStoredInstanceCallback*>(params)->callback;
      break;
    case _OrthancPluginService_GetInstanceData:
    case _OrthancPluginService_GetInstanceSize:
    case _OrthancPluginService_HasInstanceMetadata:
    case _OrthancPluginService_GetInstanceMetadata:
      return show_instance(service, params);
    case _OrthancPluginService_RegisterRestCallbackNoLock:
      rest = static_cast<const _OrthancPluginRestCallback*>(params)->callback;
      break;
    case _OrthancPluginService_CallRestApi:
      return call_rest_api(params);
    case _OrthancPluginService_GetGlobalProperty:
      return get_property(params);
    case _OrthancPluginService_SetGlobalProperty: {
      in_call("keep_text");
      const std::lock_guard lock(mutex_);
      return orthanc_.keep_text(static_cast<const _OrthancPluginGlobalProperty*>(params)->value)
                 ? OrthancPluginErrorCode_Success
                 : OrthancPluginErrorCode_Database;
    }
    case _OrthancPluginService_AnswerBuffer:
      status_ = 200;
      break;
    case _OrthancPluginService_SendHttpStatus:
      status_ = static_cast<const _OrthancPluginSendHttpStatus*>(params)->status;
      break;
    default:
      break;
  }
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode FakeContext::call_rest_api(const void* params) {
  const auto& call = *static_cast<const _OrthancPluginCallRestApi*>(params);
  in_call(call.uri);
  if (answer) return answer(call.answerBody, call.httpStatus);
  const std::lock_guard lock(mutex_);
  const auto said = call.method == OrthancPluginHttpMethod_Post
                        ? orthanc_.post(call.uri, std::string(static_cast<const char*>(call.body), call.bodySize))
                        : orthanc_.get(call.uri);
  if (!said) return said.error().code == not_found_code ? OrthancPluginErrorCode_UnknownResource : OrthancPluginErrorCode_Database;
  fill(call.answerBody, *said);
  *call.httpStatus = 200;
  return OrthancPluginErrorCode_Success;
}

OrthancPluginErrorCode FakeContext::get_property(const void* params) {
  in_call("kept_text");
  const std::lock_guard lock(mutex_);
  const auto text = orthanc_.kept_text();
  if (!text) return OrthancPluginErrorCode_Database;
  *static_cast<const _OrthancPluginGlobalProperty*>(params)->result = strdup(text->c_str());
  return OrthancPluginErrorCode_Success;
}

void FakeContext::log(const char* line) {
  const std::lock_guard lock(mutex_);
  log_ += std::string(line) + "\n";
  logged_.notify_all();
}

}  // namespace radfm::plugin
