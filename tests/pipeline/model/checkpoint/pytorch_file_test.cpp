// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/pytorch_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "pipeline/model/checkpoint/state_dict.h"
#include "tests/pipeline/model/checkpoint/pickle_text.h"

namespace radfm::model {
namespace {

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}
const std::string record = floats({0, 1, 2, 3, 4, 5});

std::string archive(const std::vector<WrittenTensor>& tensors, const std::string& data = record) {
  return test::stored_zip({{"r/data.pkl", state_dict_pickle(tensors)}, {"r/data/0", data}});
}

// The values of tensor "a", or the code of what went wrong on the way.
std::string read(const std::string& bytes, std::vector<float>* values = nullptr) {
  const auto file = PytorchFile::open(byte_source_in_memory("x.bin", bytes));
  if (!file.ok()) return file.error().code;
  std::string got;
  const auto done = file->read_chunks("a", [&](const std::uint8_t* data, std::size_t count) {
    got.append(reinterpret_cast<const char*>(data), count);
    return Status();
  });
  if (!done.ok()) return done.error().code;
  if (values) {
    values->resize(got.size() / sizeof(float));
    std::memcpy(values->data(), got.data(), got.size());
  }
  return "";
}

// Views begin anywhere, scalars and empty tensors included; a transposed one is read in its own order.
TEST(PytorchFile, ReadsViews) {
  std::vector<float> values;
  EXPECT_EQ(read(archive({{"a", {2, 3}, {3, 1}}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(read(archive({{"a", {2}, {1}, 4}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{4, 5}));
  EXPECT_EQ(read(archive({{"a", {}, {}, 5}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{5}));
  EXPECT_EQ(read(archive({{"a", {0, 3}, {3, 1}, 6}}), &values), "");
  EXPECT_TRUE(values.empty());
  EXPECT_EQ(read(archive({{"a", {3, 2}, {1, 3}}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(read(archive({{"a", {1, 2, 1, 2}, {9, 1, 7, 2}, 1}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{1, 3, 2, 4}));
}

// Places outside the storage, or in no order that is read, are refused; the last element that fits is not.
TEST(PytorchFile, RefusesPlacesOutside) {
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_EQ(read(archive({{"a", {5}, {1}, 1}})), "");
  EXPECT_EQ(read(archive({{"a", {6}, {1}, 1}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {1}, {1}, -1}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {1}, {1}, huge}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {0}, {1}, 7}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {2}, {-1}, 3}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {-2}, {1}}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {3, 2}, {huge, 1}}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {huge, 4}, {0, 0}}})), "checkpoint_out_of_bounds");
  EXPECT_EQ(read(archive({{"a", {1000}, {0}}})), "checkpoint_non_contiguous");
  EXPECT_EQ(read(archive({{"a", {2}, {2}}})), "checkpoint_non_contiguous");
  EXPECT_EQ(read(archive({{"a", {2, 2}, {1, 1}}})), "checkpoint_non_contiguous");
}

// A storage must be there, as long as it says, and undamaged, for a whole record and for a part of one.
TEST(PytorchFile, ChecksItsRecords) {
  EXPECT_EQ(read(archive({{"a", {6}, {1}}}, record.substr(1))), "checkpoint_short_record");
  EXPECT_EQ(read(archive({{"a", {6}, {1}, 0, "FloatStorage", "1"}})), "checkpoint_missing_record");
  EXPECT_EQ(read(archive({{"a", {6}, {1}, 0, "FloatStorage", "../data/0"}})), "checkpoint_missing_record");
  EXPECT_EQ(read(archive({{"a", {1}, {1}, 0, "FloatStorage", "0", -1}})), "checkpoint_short_record");
  EXPECT_EQ(read(archive({{"a", {1}, {1}, 0, "FloatStorage", "0", std::int64_t{1} << 62}})),
            "checkpoint_short_record");
  for (const auto& tensor :
       {WrittenTensor{"a", {6}, {1}}, WrittenTensor{"a", {2}, {1}}, WrittenTensor{"a", {3, 2}, {1, 3}}}) {
    std::string bytes = archive({tensor});
    bytes[bytes.rfind(record) + 21] ^= 1;  // of element 5, which not each of them holds
    EXPECT_EQ(read(bytes), "checkpoint_bad_crc");
  }
}

// Records that steer the reading: the byte order, the root folder, the saved object.
TEST(PytorchFile, ChecksItsLayout) {
  const std::string pickle = state_dict_pickle({{"a", {6}, {1}}});
  const auto with = [&](std::vector<std::pair<std::string, std::string>> more) {
    more.insert(more.begin(), {{"r/data.pkl", pickle}, {"r/data/0", record}});
    return read(test::stored_zip(more));
  };
  EXPECT_EQ(with({{"r/byteorder", "little"}, {"r/version", "3\n"}, {"r/.data/serialization_id", "1"}}), "");
  EXPECT_EQ(with({{"r/byteorder", "big"}}), "checkpoint_byte_order");
  EXPECT_EQ(with({{"r/byteorder", ""}}), "checkpoint_byte_order");
  EXPECT_EQ(with({{"r/byteorder", std::string(65, 'l')}}), "checkpoint_too_long");
  EXPECT_EQ(with({{"s/data/1", "x"}}), "checkpoint_bad_record_name");
  EXPECT_EQ(with({{"s/data.pkl", pickle}}), "checkpoint_duplicate_record");
  EXPECT_EQ(read(test::stored_zip({{"r/data/0", record}})), "checkpoint_missing_record");
  EXPECT_EQ(read(test::stored_zip({{"r/r/data.pkl", pickle}, {"r/data/0", record}})),
            "checkpoint_missing_record");
  EXPECT_EQ(read(test::stored_zip({{"r/data.pkl", std::string(pickle_bytes_max + 1, 'x')}})),
            "checkpoint_too_long");
}

// What the taker of chunks objects to ends the reading; chunks are whole elements and bounded.
TEST(PytorchFile, HandsOutChunks) {
  const std::size_t values = chunk_bytes_max / sizeof(float) + 3;
  const std::string data(values * sizeof(float), 'x');
  const std::string bytes = archive({{"a",
                                      {static_cast<std::int64_t>(values)},
                                      {1},
                                      0,
                                      "FloatStorage",
                                      "0",
                                      static_cast<std::int64_t>(values)}},
                                    data);
  const auto file = PytorchFile::open(byte_source_in_memory("x.bin", bytes));
  ASSERT_TRUE(file.ok());
  std::vector<std::size_t> sizes;
  ASSERT_TRUE(file->read_chunks("a",
                                [&](const std::uint8_t*, std::size_t count) {
                                  sizes.push_back(count);
                                  return Status();
                                })
                  .ok());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{chunk_bytes_max, 12}));
  const auto stopped = file->read_chunks(
      "a", [&](const std::uint8_t*, std::size_t) { return Status(cancelled_error("enough", "")); });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, "enough");
}

}  // namespace
}  // namespace radfm::model
