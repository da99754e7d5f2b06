/* SPDX-License-Identifier: GPL-3.0-or-later
   A plugin of Orthanc that asks to be told of changes and does nothing: what Orthanc itself pays for having one (store_rate.py). */
#include <orthanc/OrthancCPlugin.h>

static OrthancPluginErrorCode on_change(OrthancPluginChangeType type, OrthancPluginResourceType level, const char* resource) {
  (void)type;
  (void)level;
  (void)resource;
  return OrthancPluginErrorCode_Success;
}

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  OrthancPluginRegisterOnChangeCallback(context, &on_change);
  return 0;
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize(void) {}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName(void) {
  return "idle";
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion(void) {
  return "1";
}
