// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/companions.h"

#include "core/sop_class.h"
#include "pipeline/report/companion_objects.h"

namespace radfm::draft {
namespace {

class CompanionWriter {
 public:
  CompanionWriter(const report::DraftContent& content, const ReportFrame& frame, const report::ReportPage& page,
                  report::DraftReport* draft)
      : content_(content), frame_(frame), page_(page), draft_(draft) {}

  void write_pdf() {
    auto pdf = report::render_pdf(page_);
    if (!pdf) return miss("PDF", pdf.error());
    remark_on("PDF", pdf->facts);
    const report::CompanionUids uids = report::companion_uids(frame_.identity, "pdf");
    auto object = report::build_encapsulated_pdf(content_, uids, pdf->pdf);
    if (!object) return miss("PDF", object.error());
    draft_->companions.push_back({"pdf", std::string(encapsulated_pdf_uid), uids.sop_instance_uid, std::move(*object),
                                  std::move(pdf->pdf)});
  }

  void write_pages() {
    const auto pages = report::render_pictures(page_, page_dpi);
    if (!pages) return miss("page images", pages.error());
    remark_on("page images", pages->facts);
    for (const report::PagePicture& picture : pages->pictures) {
      const int number = static_cast<int>(&picture - pages->pictures.data()) + 1;
      const std::string role = "page_" + std::to_string(number);
      const report::CompanionUids uids = report::companion_uids(frame_.identity, role);
      auto object = report::build_secondary_capture(
          content_, uids, {number, static_cast<int>(pages->pictures.size()), picture.width, picture.height, picture.grey});
      if (!object) return miss(role, object.error());
      draft_->companions.push_back({role, std::string(report::secondary_capture_uid), uids.sop_instance_uid, std::move(*object)});
    }
  }

 private:
  void miss(const std::string& what, const Error& error) {
    draft_->companion_remarks.push_back(what + " missing: " + error.code + ": " + error.message);
  }
  void remark_on(const std::string& what, const report::PageFacts& facts) {
    if (facts.unknown_glyphs > 0) {
      draft_->companion_remarks.push_back(what + ": characters that have no font on this machine: " +
                                          std::to_string(facts.unknown_glyphs) + "; install one for their script");
    }
    if (facts.shortened) draft_->companion_remarks.push_back(what + ": the text was too long for the pages; the SR has all of it");
  }

  const report::DraftContent& content_;
  const ReportFrame& frame_;
  const report::ReportPage& page_;
  report::DraftReport* draft_;
};

}  // namespace

std::string companion_of_role(const std::string& role) {
  return role == "pdf" ? pdf_companion : role.starts_with("page_") ? page_companion : "";
}

void add_companions(const report::ReportPage& page, const report::DraftContent& content, const Configuration& configuration,
                    const ReportFrame& frame, report::DraftReport* draft) {
  const auto& wanted = configuration.report.companions;
  CompanionWriter writer(content, frame, page, draft);
  if (wanted.contains(pdf_companion)) writer.write_pdf();
  if (wanted.contains(page_companion)) writer.write_pages();
}

}  // namespace radfm::draft
