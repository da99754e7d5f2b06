// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's node over a stand-in for Orthanc, a real queue and a clock of its own.
#pragma once

#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/plugin_fixture.h"

namespace radfm::plugin {

class PluginNodeTest : public PluginFixture {
 protected:
  // A study of `images` images that has come to rest.
  void receive_whole_study(const std::string& name, int images = 1) {
    for (int i = 0; i < images; ++i) orthanc.receive(name, "series", "1.9." + std::to_string(++uids_));
    orthanc.stable(name);
  }

 private:
  int uids_ = 0;
};

}  // namespace radfm::plugin
