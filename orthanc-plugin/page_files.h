// SPDX-License-Identifier: GPL-3.0-or-later
// The page's files as they stand in orthanc-plugin/page/, and openapi.json beside it, put into the library at build time.
#pragma once

#include <span>
#include <string_view>

namespace radfm::plugin {

extern const std::string_view page_html;      // with page_look in its <style>
extern const std::string_view page_look;      // the style sheet, which is served for other pages too
extern const std::string_view page_explorer;  // for Orthanc Explorer
extern const std::string_view page_openapi;   // what rest_routes.h lists, for programs: OpenAPI 3.1

// What the page loads, by its name below /radfm/page/.
struct PageFile {
  std::string_view name, content_type, text;
};
std::span<const PageFile> page_files();

}  // namespace radfm::plugin
