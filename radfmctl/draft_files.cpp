// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/draft_files.h"

#include <fstream>
#include <string_view>

namespace radfm::ctl {
namespace {

namespace fs = std::filesystem;

Status write_whole(const fs::path& file, std::string_view bytes) {
  const fs::path partial = file.string() + ".partial";
  {
    std::ofstream out(partial, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out) return permanent_error("cannot_write", partial.string() + ": cannot be written (folder, permission, space?)");
  }
  std::error_code code;
  fs::rename(partial, file, code);
  if (code) return permanent_error("cannot_write", file.string() + ": cannot be written: " + code.message());
  return {};
}

std::string_view as_text(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Status write_companion(const fs::path& folder, const report::Companion& companion) {
  const fs::path object = folder / ("draft-report-" + companion.role + ".dcm");
  if (Status written = write_whole(object, as_text(companion.dicom)); !written) return written;
  if (companion.document.empty()) return {};
  return write_whole(folder / "draft-report.pdf", companion.document);
}

}  // namespace

Status write_draft_files(const fs::path& folder, const report::DraftReport& draft, const nlohmann::json& facts) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) return permanent_error("cannot_write", folder.string() + ": cannot be created: " + code.message());
  const std::string json = facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (Status written = write_whole(folder / "draft-report.dcm", as_text(draft.dicom)); !written) return written;
  if (Status written = write_whole(folder / "draft-report.txt", draft.text); !written) return written;
  for (const report::Companion& companion : draft.companions) {
    if (Status written = write_companion(folder, companion); !written) return written;
  }
  return write_whole(folder / "draft-report.json", json);
}

}  // namespace radfm::ctl
