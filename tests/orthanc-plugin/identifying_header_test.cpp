// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/identifying_header.h"

#include <gtest/gtest.h>

#include "tests/orthanc-plugin/header_file.h"

namespace radfm::plugin {
namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;

std::string sequence_of_undefined_length(std::uint32_t tag, const std::string& items) {
  return tag_bytes(tag) + "SQ" + std::string(2, '\0') + little_endian(undefined_length, 4) + items + tag_bytes(0xFFFEE0DD) + little_endian(0, 4);
}
std::string item_of_undefined_length(const std::string& elements) {
  return tag_bytes(0xFFFEE000) + little_endian(undefined_length, 4) + elements + tag_bytes(0xFFFEE00D) + little_endian(0, 4);
}
std::string item(const std::string& elements) {
  return tag_bytes(0xFFFEE000) + little_endian(static_cast<std::uint32_t>(elements.size()), 4) + elements;
}

// An image whose elements before and between the four are `early` and `middle`.
std::string image_with(const std::string& early, const std::string& middle, const std::string& patient = "P") {
  return part10(explicit_syntax, early + explicit_element(0x00080018, "UI", "1.2.5") + middle + explicit_element(0x00100020, "LO", patient) +
                                     explicit_element(0x0020000D, "UI", "1.2.3") + explicit_element(0x0020000E, "UI", "1.2.4") +
                                     explicit_element(0x00200013, "IS", "7"));
}

void expect_the_four(const std::string& file, const std::string& what = "") {
  const auto header = read_identifying_header(bytes_of(file));
  ASSERT_TRUE(header) << what;
  EXPECT_EQ(header->patient_id, "P") << what;
  EXPECT_EQ(header->study_instance_uid, "1.2.3") << what;
  EXPECT_EQ(header->series_instance_uid, "1.2.4") << what;
  EXPECT_EQ(header->sop_instance_uid, "1.2.5") << what;
}

void expect_nothing(const std::string& file, const std::string& what = "") {
  EXPECT_FALSE(read_identifying_header(bytes_of(file))) << what;
}

TEST(IdentifyingHeader, ExplicitAndImplicit) {
  // Aim: the ordinary file in both encodings; values as Orthanc's index holds them, without what pads them.
  expect_the_four(image_with(explicit_element(0x00080008, "CS", "ORIGINAL"), explicit_element(0x00080020, "DA", "20260101")));
  expect_the_four(image_with("", "", "  P "));
  expect_the_four(part10(implicit_syntax, implicit_element(0x00080018, "UI", "1.2.5") + implicit_element(0x00081140, "SQ", item("")) +
                                              implicit_element(0x00100020, "LO", "P") + implicit_element(0x0020000D, "UI", "1.2.3") +
                                              implicit_element(0x0020000E, "UI", "1.2.4") + implicit_element(0x00200013, "IS", "7")));
}

TEST(IdentifyingHeader, WithoutPatientId) {
  // Aim: Orthanc takes such images, the first part of its hash is empty then.
  const auto header = read_identifying_header(bytes_of(part10(
      explicit_syntax, explicit_element(0x00080018, "UI", "1.2.5") + explicit_element(0x0020000D, "UI", "1.2.3") +
                           explicit_element(0x0020000E, "UI", "1.2.4") + explicit_element(0x00200013, "IS", "7"))));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->patient_id, "");
}

TEST(IdentifyingHeader, SequencesInBetween) {
  // Aim: what stands in sequences is another image's; of defined and undefined length, within each other.
  const std::string others = explicit_element(0x00080018, "UI", "6.6.6") + explicit_element(0x00100020, "LO", "Q") +
                             explicit_element(0x0020000D, "UI", "6.6.7") + explicit_element(0x0020000E, "UI", "6.6.8");
  for (const std::string& items : {item(others), item_of_undefined_length(others),
                                   item_of_undefined_length(sequence_of_undefined_length(0x00081199, item_of_undefined_length(others)) + others) + item(others)}) {
    expect_the_four(image_with("", sequence_of_undefined_length(0x00081140, items)));
    expect_the_four(image_with(sequence_of_undefined_length(0x00080006, items), ""));
    expect_the_four(image_with("", explicit_element(0x00081140, "SQ", items)));
  }
}

TEST(IdentifyingHeader, WhatIsLeftToOrthanc) {
  // Aim: encodings and orders that are not read are no answer, never a wrong one.
  const std::string four = explicit_element(0x00080018, "UI", "1.2.5") + explicit_element(0x00100020, "LO", "P") +
                           explicit_element(0x0020000D, "UI", "1.2.3") + explicit_element(0x0020000E, "UI", "1.2.4");
  const std::string last = explicit_element(0x00200013, "IS", "7");
  expect_the_four(part10(explicit_syntax, four + last));
  expect_the_four(part10("1.2.840.10008.1.2.4.70", four + last), "compressed pixels change nothing in front of them");
  for (const char* syntax : {"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1", ""})
    expect_nothing(part10(syntax, four + last), syntax);
  expect_nothing(part10(explicit_syntax, four), "nothing behind the four: may be cut off");
  expect_nothing(part10(explicit_syntax, last), "none of the four");
  expect_nothing(part10(explicit_syntax, explicit_element(0x00080018, "UI", "6.6") + four + last), "twice");
  expect_nothing(part10(explicit_syntax, explicit_element(0x00100020, "LO", "Q") + four + last), "descends");
  expect_nothing(part10(explicit_syntax, tag_bytes(0xFFFEE00D) + little_endian(0, 4) + four + last), "an end without a beginning");
  expect_nothing(part10(explicit_syntax, item("") + four + last), "an item outside of a sequence");
  expect_nothing(image_with("", tag_bytes(0x00091001) + "UN" + std::string(2, '\0') + little_endian(undefined_length, 4) + tag_bytes(0xFFFEE0DD) + little_endian(0, 4)),
                 "unknown of undefined length: implicit inside");
  for (const std::size_t gone : {std::size_t{0x08}, std::size_t{0x20}})  // a UID that is not there
    expect_nothing(part10(explicit_syntax, (gone == 0x08 ? "" : explicit_element(0x00080018, "UI", "1.2.5")) + explicit_element(0x0020000D, "UI", "1.2.3") + last));
  expect_nothing(four + last, "no preamble");
  expect_nothing("");
}

TEST(IdentifyingHeader, CutOffAnywhere) {
  // Aim: each beginning of a file gives nothing or the same.
  const std::string whole = image_with(sequence_of_undefined_length(0x00080006, item_of_undefined_length(explicit_element(0x00080100, "SH", "x"))), "");
  expect_the_four(whole);
  const std::size_t last_element = explicit_element(0x00200013, "IS", "7").size();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    if (bytes < whole.size() - last_element + 4)
      expect_nothing(whole.substr(0, bytes), std::to_string(bytes));
    else
      expect_the_four(whole.substr(0, bytes), std::to_string(bytes));
  }
}

TEST(IdentifyingHeader, Limits) {
  // Aim: at each limit read, one past it left to Orthanc.
  const auto patient_of = [](std::size_t bytes) {
    const auto header = read_identifying_header(bytes_of(image_with("", "", std::string(bytes, 'p'))));
    return header ? header->patient_id.size() : 0;
  };
  EXPECT_EQ(patient_of(header_value_bytes_max), header_value_bytes_max);
  EXPECT_EQ(patient_of(header_value_bytes_max + 2), 0U);

  const auto nested = [](int levels) {  // a sequence and its item are one each
    std::string inner = levels % 2 != 0 ? sequence_of_undefined_length(0x00081140, "") : "";
    for (int level = 0; level < levels / 2; ++level) inner = sequence_of_undefined_length(0x00081140, item_of_undefined_length(inner));
    return image_with("", inner);
  };
  expect_the_four(nested(header_nesting_max));
  expect_nothing(nested(header_nesting_max + 1));

  const auto heads = [](int count) {  // two of the meta information, the four, a sequence and its end are there anyway
    std::string many;
    for (int i = 0; i < count - 8; ++i) many += item("");
    return image_with("", sequence_of_undefined_length(0x00081140, many));
  };
  expect_the_four(heads(header_elements_max));
  expect_nothing(heads(header_elements_max + 1));
}

}  // namespace
}  // namespace radfm::plugin
