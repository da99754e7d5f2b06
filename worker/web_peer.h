// SPDX-License-Identifier: Apache-2.0
// Entries of the configuration as DICOMweb knows them.
#pragma once

#include "core/configuration.h"
#include "dicomweb/web_source.h"

namespace radfm::worker {

dicomweb::WebSettings web_settings(const Configuration& configuration, const PacsNode& node);

}  // namespace radfm::worker
