// SPDX-License-Identifier: Apache-2.0
// Aim: no value can become markup, and what is written is well-formed XML whatever bytes come in.
#include "audit/xml_writer.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/outside_program.h"

namespace radfm::audit {
namespace {

constexpr std::string_view head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

std::string attribute_of(std::string_view value) {
  std::string written = XmlWriter().begin("a").attribute("b", value).end().finish();
  return written.substr(head.size() + 6, written.size() - head.size() - 9);  // <a b="..."/>
}

TEST(XmlWriter, WritesElementsAttributesAndText) {
  XmlWriter xml;
  xml.begin("a").attribute("x", "1").begin("b").text("t").end().begin("c").end().end();
  EXPECT_EQ(xml.finish(), std::string(head) + "<a x=\"1\"><b>t</b><c/></a>");
}

TEST(XmlWriter, EscapesWhatHasAMeaning) {
  EXPECT_EQ(attribute_of("<\"&>'"), "&lt;&quot;&amp;&gt;'");
  EXPECT_EQ(attribute_of("\t\n\r"), "&#9;&#10;&#13;");
  EXPECT_EQ(XmlWriter().begin("a").text("]]>").end().finish(), std::string(head) + "<a>]]&gt;</a>");
}

TEST(XmlWriter, ReplacesWhatXmlCannotHold) {
  // Aim: XML 1.0 2.2 at its borders, and UTF-8 that is none: cut short, too long, surrogates, beyond the last character.
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(attribute_of(std::string("\0\x1f", 2)), replaced + replaced);
  EXPECT_EQ(attribute_of("\x20\x7f"), "\x20\x7f");
  EXPECT_EQ(attribute_of("\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80"), "\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(attribute_of("\xC3"), replaced);
  EXPECT_EQ(attribute_of("\xC0\xAF"), replaced + replaced);          // too long for '/'
  EXPECT_EQ(attribute_of("\xED\xA0\x80"), replaced + replaced + replaced);  // a surrogate
  EXPECT_EQ(attribute_of("\xEF\xBF\xBE"), replaced + replaced + replaced);  // U+FFFE
  EXPECT_EQ(attribute_of("\xEF\xBF\xBD"), replaced);                 // U+FFFD itself
  EXPECT_EQ(attribute_of("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF");   // the last one
  EXPECT_EQ(attribute_of("\xF4\x90\x80\x80"), replaced + replaced + replaced + replaced);
}

TEST(XmlWriter, AReaderTakesWhateverBytesCameIn) {
  // Aim: libxml2 finds 200 random values well-formed.
  const std::string reader = test::find_outside_program("xmllint");
  if (reader.empty()) GTEST_SKIP() << "xmllint is not installed";
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  XmlWriter xml;
  xml.begin("all");
  for (int i = 0; i < 200; ++i) {
    std::string value(random() % 20, ' ');
    for (char& c : value) c = static_cast<char>(random());
    xml.begin("one").attribute("value", value).text(value).end();
  }
  xml.end();
  const test::TemporaryFolder folder;
  test::write_file(folder.path() / "all.xml", xml.finish());
  const test::ProgramRun run = test::run_outside_program({reader, "--noout", (folder.path() / "all.xml").string()});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

}  // namespace
}  // namespace radfm::audit
