// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <regex>

#include "pipeline/report/page/page_content.h"
#include "tests/pipeline/report/page/sample_page.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using test::find_outside_program;
using test::run_outside_program;
using ::testing::HasSubstr;

// What a reader of the PDF finds, blanks and line ends as one blank.
std::string text_of(const std::string& pdf) {
  test::TemporaryFolder folder;
  const std::string file = (folder.path() / "page.pdf").string();
  test::write_file(file, pdf);
  const auto run = run_outside_program({find_outside_program("pdftotext"), "-raw", file, "-"});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  return std::regex_replace(run.output, std::regex("\\s+"), " ");
}

std::string without_blanks(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

// Each line and picture that leaves the place that a page gives it.
int outside_of_the_page(const LaidOutReport& report) {
  int outside = 0;
  const double slack = 0.5;
  for (const LaidOutPage& page : report.pages) {
    for (const PlacedLine& line : page.lines) {
      outside += line.x < page_left - slack || line.x + line.width > page_right + slack || line.baseline < page_top - slack ||
                 line.baseline > page_bottom + 18;
    }
    for (const PlacedPicture& picture : page.pictures) {
      outside += picture.x < page_left || picture.x + picture.width > page_right + slack || picture.y + picture.height > page_bottom;
    }
  }
  return outside;
}

// Lines whose baselines or places collide: two lines that begin at one height and overlap.
int collisions(const LaidOutReport& report) {
  int found = 0;
  for (const LaidOutPage& page : report.pages) {
    for (const PlacedLine& line : page.lines) {
      for (const PlacedPicture& picture : page.pictures) {
        found += line.baseline > picture.y && line.baseline < picture.y + picture.height && line.x + line.width > picture.x &&
                 line.x < picture.x + picture.width;
      }
    }
  }
  return found;
}

std::string long_text(int paragraphs) {
  std::string text;
  for (int i = 0; i < paragraphs; ++i) {
    text += "Paragraph " + std::to_string(i) + " says that the lungs are clear, in more words than one line of a page has room for, so "
            "that it is broken.\n\n";
  }
  return text;
}

TEST(ReportPage, SamePageSameBytes) {
  // Aim: no clock and no random number in the PDF or the pictures; the creation date is the job's.
  const auto first = render_pdf(sample_page()), second = render_pdf(sample_page());
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->pdf, second->pdf);
  EXPECT_THAT(first->pdf, HasSubstr("20260311101700Z"));
  EXPECT_EQ(render_pictures(sample_page(), 72)->pictures.front().grey, render_pictures(sample_page(), 72)->pictures.front().grey);
}

TEST(ReportPage, EveryScriptHasItsGlyphs) {
  // Aim: names in five scripts need fonts that scripts/setup installs; no letter is a box.
  for (const NameOfScript& name : names_of_scripts) {
    ReportPage page = sample_page();
    page.language = name.language;
    page.fields.front().value = page.running_head = name.name;
    page.sections[3].text = name.name;
    const auto pdf = render_pdf(page);
    ASSERT_TRUE(pdf.ok());
    EXPECT_EQ(pdf->facts.unknown_glyphs, 0) << name.script;
    if (find_outside_program("pdftotext").empty()) continue;
    EXPECT_THAT(without_blanks(text_of(pdf->pdf)), HasSubstr(without_blanks(name.name))) << name.script;
  }
  ReportPage page = sample_page();
  page.sections[3].text = "\U000F1234";
  EXPECT_EQ(render_pdf(page)->facts.unknown_glyphs, 1);
}

TEST(ReportPage, TextComesOutAsItWentIn) {
  // Aim: head, notices, sections and marks are text in the PDF, in order, without added hyphens; fonts are in the file.
  if (find_outside_program("pdftotext").empty()) GTEST_SKIP() << "pdftotext (poppler-utils) is not installed";
  ReportPage page = sample_page();
  page.sections[3].text = long_text(60) + "Averyverylongwordwithoutanyblank" + std::string(300, 'm') + " end.";
  const auto pdf = render_pdf(page);
  ASSERT_TRUE(pdf.ok());
  ASSERT_GT(pdf->facts.pages, 3);
  EXPECT_FALSE(pdf->facts.shortened);
  const std::string text = text_of(pdf->pdf);
  for (const std::string& part : {page.institution, page.title, page.subtitle, page.notices[0], page.sections[2].text,
                                  page.sections[4].text, page.closing, page.key_images[0].caption}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  std::string letters = without_blanks(text);
  for (int i = 0; i < 60; ++i) EXPECT_THAT(text, HasSubstr("Paragraph " + std::to_string(i) + " says"));
  EXPECT_THAT(letters, HasSubstr("Averyverylongwordwithoutanyblank" + std::string(300, 'm') + "end."));
  const std::string file_fonts = [&] {
    test::TemporaryFolder folder;
    test::write_file(folder.path() / "page.pdf", pdf->pdf);
    return run_outside_program({find_outside_program("pdffonts"), (folder.path() / "page.pdf").string()}).output;
  }();
  EXPECT_THAT(file_fonts, HasSubstr("OpenSans"));
  EXPECT_FALSE(std::regex_search(file_fonts, std::regex("\\bno (yes|no) (yes|no) ")));
}

TEST(ReportPage, EachPageHasMarkNameAndNumber) {
  // Aim: no page can be taken for a finished report or for another patient's.
  if (find_outside_program("pdftotext").empty()) GTEST_SKIP() << "pdftotext (poppler-utils) is not installed";
  ReportPage page = sample_page();
  page.sections[3].text = long_text(60);
  const auto pdf = render_pdf(page);
  ASSERT_TRUE(pdf.ok());
  const std::string text = text_of(pdf->pdf);
  const auto times = [&](const std::string& part) {
    int count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
    return count;
  };
  EXPECT_EQ(times(page.draft_mark), 2 * pdf->facts.pages);
  EXPECT_EQ(times("ID PAT0001 Accession ACC-0001"), pdf->facts.pages - 1);
  for (int i = 1; i <= pdf->facts.pages; ++i) {
    EXPECT_EQ(times("Page " + std::to_string(i) + " of " + std::to_string(pdf->facts.pages)), 1) << i;
  }
}

TEST(ReportPage, NothingLeavesThePageOrRunsIntoAPicture) {
  // Aim: whatever is written, in fields, notices and sections, each line lies within the margins. Seeded; the seed is printed.
  std::mt19937 random(20260311);
  const std::array<std::string, 8> words = {"lung", "Thoraxaufnahme", "王小东", "Щербаков", "やまだ", "\n", "שלום",
                                            std::string(180, 'W')};
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE("seed 20260311, round " + std::to_string(round));
    const auto text = [&](std::size_t length) {
      std::string made;
      for (std::size_t i = random() % length; i > 0; --i) made += words[random() % words.size()] + (random() % 3 ? " " : "");
      return made;
    };
    ReportPage page = sample_page();
    for (PageField& field : page.fields) field.value = text(12);
    page.running_head = text(30);
    page.subtitle = text(20);
    page.notices.assign(1 + random() % 20, text(60));
    for (PageSection& section : page.sections) section.text = text(300);
    page.key_images.assign(random() % 4, sample_key_image(10 + static_cast<int>(random() % 90), 10 + static_cast<int>(random() % 90)));
    const PageFonts fonts(page.language);
    const LaidOutReport report = lay_out(page, fonts);
    EXPECT_EQ(outside_of_the_page(report), 0);
    EXPECT_EQ(collisions(report), 0);
    EXPECT_EQ(report.facts.pages, static_cast<int>(report.pages.size()));
  }
}

TEST(ReportPage, HostileTextIsOnlyText) {
  // Aim: markup is not read, controls are not kept, a line of a million letters ends at the limit and the page says so.
  if (find_outside_program("pdftotext").empty()) GTEST_SKIP() << "pdftotext (poppler-utils) is not installed";
  ReportPage page = sample_page();
  page.fields.front().value = "<span foreground='white'>Nobody</span> & <b>Some\x01";
  page.sections[3].text = "<i>left</i> &amp; \u202ethgir\u202c </span>";
  auto pdf = render_pdf(page);
  ASSERT_TRUE(pdf.ok());
  EXPECT_THAT(text_of(pdf->pdf), HasSubstr("<span foreground='white'>Nobody</ span> & <b>Some Patient ID"));
  EXPECT_THAT(text_of(pdf->pdf), HasSubstr("<i>left</i> &amp; thgir </span>"));
  page.sections[3].text.assign(page_text_bytes_max, 'x');
  EXPECT_FALSE(render_pdf(page)->facts.shortened);
  page.sections[3].text.assign(1u << 20, 'x');
  pdf = render_pdf(page);
  EXPECT_TRUE(pdf->facts.shortened);
  EXPECT_THAT(text_of(pdf->pdf), HasSubstr(shortened_sentence));
}

TEST(ReportPage, PagesHaveALimit) {
  // Aim: text for more pages than the limit ends there, with the sentence that says so, and closes no page too many.
  ReportPage page = sample_page();
  std::string lines;
  while (lines.size() < page_text_bytes_max) lines += "x\n";
  page.sections[3].text = lines;
  const auto pdf = render_pdf(page);
  ASSERT_TRUE(pdf.ok());
  EXPECT_EQ(pdf->facts.pages, pages_max);
  EXPECT_TRUE(pdf->facts.shortened);
}

TEST(ReportPage, PicturesAreThePagesInGrey) {
  // Aim: A4 at the resolution asked for, the band dark, the ground white, the key image's left at the left.
  const auto pages = render_pictures(sample_page(), 100);
  ASSERT_TRUE(pages.ok()) << pages.error().message;
  ASSERT_EQ(pages->pictures.size(), 1u);
  const PagePicture& picture = pages->pictures.front();
  EXPECT_EQ(picture.width, 827);
  EXPECT_EQ(picture.height, 1169);
  ASSERT_EQ(picture.grey.size(), 827u * 1169u);
  const auto at = [&](double x_points, double y_points) {
    return picture.grey[static_cast<std::size_t>(y_points * 100 / 72) * 827u + static_cast<std::size_t>(x_points * 100 / 72)];
  };
  EXPECT_LT(at(20, 20), 80);
  EXPECT_LT(at(20, page_height - 8), 80);
  EXPECT_EQ(at(20, 400), 255);
  const PageFonts fonts("en-US");
  const ReportPage page = sample_page();
  const LaidOutReport report = lay_out(page, fonts);
  ASSERT_EQ(report.pages.front().pictures.size(), 1u);
  const PlacedPicture& key = report.pages.front().pictures.front();
  EXPECT_GT(at(key.x + key.width / 8, key.y + key.height / 8), 245);
  EXPECT_LT(at(key.x + key.width / 8, key.y + key.height * 0.7), 80);
}

TEST(ReportPage, AKeyImageWithoutItsPixelsIsRefused) {
  // Aim: sizes that the pixels do not bear out are an error, not a read past the end.
  for (const auto& spoil : std::initializer_list<void (*)(KeyImage&)>{
           [](KeyImage& image) { image.pixels.pop_back(); }, [](KeyImage& image) { image.width = 0; },
           [](KeyImage& image) { image.channels = 2; }, [](KeyImage& image) { image.pixel_aspect = 0; },
           [](KeyImage& image) { image.height = -1; }}) {
    ReportPage page = sample_page();
    spoil(page.key_images.front());
    EXPECT_EQ(render_pdf(page).error().code, "page_not_drawn");
  }
}

}  // namespace
}  // namespace radfm::report
