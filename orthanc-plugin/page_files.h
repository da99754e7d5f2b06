// SPDX-License-Identifier: GPL-3.0-or-later
// The page's files as they stand in orthanc-plugin/page/, and openapi.json beside it, put into the library at build time.
#pragma once

#include <string_view>

namespace radfm::plugin {

extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view page_withdraw;
extern const std::string_view page_explorer;  // for Orthanc Explorer
extern const std::string_view page_openapi;   // what rest_routes.h lists, for programs: OpenAPI 3.1

}  // namespace radfm::plugin
