// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/zip_directory.h"

#include <gtest/gtest.h>

#include "pipeline/model/checkpoint/crc32.h"
#include "tests/support/stored_zip.h"

namespace radfm::model {
namespace {

using test::little_endian;
using test::stored_zip;

std::string code_of(const std::string& bytes) {
  const auto read = read_zip_directory(*byte_source_in_memory("x.bin", bytes));
  return read.ok() ? "" : read.error().code;
}
std::string code_of_name(const std::string& name) {
  return code_of(stored_zip({{name, "x"}}));
}

const std::string good = stored_zip({{"r/data.pkl", "abc"}, {"r/data/0", "12345678"}});

// The bytes with one field of a signature's block replaced; each signature's first block.
std::string with(const std::string& signature, std::size_t at, const std::string& value,
                 std::string bytes = good) {
  return bytes.replace(bytes.find(signature) + at, value.size(), value);
}

// The check value of the CRC's definition, also when the bytes come in pieces of any length.
TEST(Crc32, IsTheOneOfZip) {
  EXPECT_EQ(crc32_of(0, "123456789", 9), 0xcbf43926u);
  EXPECT_EQ(crc32_of(0, "", 0), 0u);
  const std::string text(1000, 'q');
  for (const std::size_t cut : {1, 7, 8, 9, 500})
    EXPECT_EQ(crc32_of(crc32_of(0, text.data(), cut), text.data() + cut, text.size() - cut),
              crc32_of(0, text.data(), text.size()));
}

// Records are found where they lie, and read whole.
TEST(ZipDirectory, FindsStoredRecords) {
  const auto source = byte_source_in_memory("x.bin", good);
  const auto records = read_zip_directory(*source);
  ASSERT_TRUE(records.ok()) << records.error().message;
  ASSERT_EQ(records->size(), 2u);
  const auto bytes = read_zip_record(*source, "r/data/0", records->at("r/data/0"), 8);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, "12345678");
  EXPECT_EQ(read_zip_record(*source, "r/data/0", records->at("r/data/0"), 7).error().code,
            "checkpoint_too_long");
}

// Directory and local header must tell the same; each lie has its reason.
TEST(ZipDirectory, RefusesWhatContradictsItself) {
  const std::string local = "PK\3\4", entry = "PK\1\2", end = "PK\5\6";
  EXPECT_EQ(code_of(good), "");
  EXPECT_EQ(code_of(with(local, 6, little_endian(1, 2))), "checkpoint_encrypted");
  EXPECT_EQ(code_of(with(entry, 8, little_endian(1, 2))), "checkpoint_encrypted");
  EXPECT_EQ(code_of(with(local, 8, little_endian(8, 2))), "checkpoint_compressed");
  EXPECT_EQ(code_of(with(entry, 10, little_endian(8, 2))), "checkpoint_compressed");
  EXPECT_EQ(code_of(with(entry, 10, little_endian(99, 2))), "checkpoint_encrypted");
  EXPECT_EQ(code_of(with(local, 14, little_endian(7, 4))), "checkpoint_bad_zip");  // CRC
  EXPECT_EQ(code_of(with(local, 22, little_endian(2, 4))), "checkpoint_bad_zip");  // size
  EXPECT_EQ(code_of(with(local, 30, "q")), "checkpoint_bad_zip");                  // name
  EXPECT_EQ(code_of(with(entry, 20, little_endian(2, 4))), "checkpoint_bad_zip");  // two sizes
  EXPECT_EQ(code_of(with(entry, 42, little_endian(1, 4))), "checkpoint_bad_zip");  // place
  EXPECT_EQ(code_of(with(entry, 42, little_endian(0xfffffff0, 4))), "checkpoint_bad_zip");
  EXPECT_EQ(code_of(with(entry, 42, little_endian(0xffffffff, 4))), "checkpoint_bad_zip");  // no zip64 field
  EXPECT_EQ(code_of(with(end, 4, little_endian(1, 2))), "checkpoint_bad_zip");              // parts
  EXPECT_EQ(code_of(with(end, 10, little_endian(3, 2))), "checkpoint_bad_zip");
  EXPECT_EQ(code_of(with(end, 20, little_endian(1, 2))), "checkpoint_truncated");  // a comment is missing
  EXPECT_EQ(code_of(good.substr(1)), "checkpoint_truncated");
  EXPECT_EQ(code_of(good.substr(0, good.size() - 1)), "checkpoint_truncated");
  EXPECT_EQ(code_of(good + "x"), "checkpoint_truncated");
  EXPECT_EQ(code_of(stored_zip({{"r/a", "1"}, {"r/a", "1"}})), "checkpoint_duplicate_record");
}

// Two entries of the directory may not share bytes: the second record's place is set to the first's.
TEST(ZipDirectory, RefusesOverlappingRecords) {
  std::string bytes = stored_zip({{"r/a", "PK\3\4 something"}, {"r/b", ""}});
  const std::size_t second = bytes.rfind("PK\1\2");
  // A local header of r/b inside the data of r/a.
  const std::string header = "PK\3\4" + std::string(10, '\0') + std::string(12, '\0') + little_endian(3, 2) +
                             little_endian(0, 2) + "r/b";
  std::string inner = stored_zip({{"r/a", header}, {"r/b", ""}});
  const std::size_t entry = inner.rfind("PK\1\2");
  inner.replace(entry + 42, 4, little_endian(inner.find(header), 4));
  EXPECT_EQ(code_of(bytes), "");
  EXPECT_EQ(code_of(inner), "checkpoint_bad_zip");
  EXPECT_NE(second, std::string::npos);
}

// A record's name can be nothing but a plain relative path; 255 bytes are legal, 256 are not.
TEST(ZipDirectory, RefusesNamesThatClimb) {
  for (const char* name :
       {"/a", "a/", "a//b", "../a", "a/../b", "a/..", ".", "a/./b", "a\\b", "C:/a", "a\nb", "a\x7f"})
    EXPECT_EQ(code_of_name(name), "checkpoint_bad_record_name") << name;
  EXPECT_EQ(code_of_name(""), "checkpoint_bad_record_name");
  EXPECT_EQ(code_of_name(std::string("a\0b", 3)), "checkpoint_bad_record_name");
  for (const char* name : {"a", "..a/b..", ".data/serialization_id", "modell-\xc3\xa4/data.pkl"})
    EXPECT_EQ(code_of_name(name), "") << name;
  EXPECT_EQ(code_of_name(std::string(zip_name_bytes_max, 'n')), "");
  EXPECT_EQ(code_of_name(std::string(zip_name_bytes_max + 1, 'n')), "checkpoint_bad_record_name");
}

// The directory's length is limited, at the limit and one past it.
TEST(ZipDirectory, LimitsItsRecords) {
  std::vector<std::pair<std::string, std::string>> records;
  for (std::uint64_t i = 0; i < zip_records_max; ++i) records.emplace_back("r/" + std::to_string(i), "");
  EXPECT_EQ(code_of(stored_zip(records)), "");
  records.emplace_back("r/x", "");
  EXPECT_EQ(code_of(stored_zip(records)), "checkpoint_bad_zip");
}

// Files that are something else are named for what they are.
TEST(ZipDirectory, NamesOtherFormats) {
  EXPECT_EQ(code_of(""), "checkpoint_truncated");
  EXPECT_EQ(code_of("hello"), "checkpoint_not_a_zip");
  EXPECT_EQ(code_of(std::string(reinterpret_cast<const char*>(legacy_magic), sizeof legacy_magic) + "..."),
            "checkpoint_legacy_format");
  std::string tar(1024, '\0');
  EXPECT_EQ(code_of(tar.replace(257, 5, "ustar")), "checkpoint_legacy_format");
}

}  // namespace
}  // namespace radfm::model
