// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/safetensors.h"

#include <gtest/gtest.h>

#include "pipeline/model/checkpoint.h"
#include "pipeline/model/checkpoint/weight_index.h"
#include "pipeline/model/model_files.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

std::string code_of(const std::string& bytes) {
  const TestFolder folder;
  const auto opened = SafetensorsFile::open(folder.write("x.safetensors", bytes));
  return opened.ok() ? "" : opened.error().code;
}
std::string code_of(const std::string& header, std::size_t data_bytes) {
  return code_of(safetensors_bytes(header, std::string(data_bytes, 'x')));
}

constexpr const char* good =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}})";

// A well-formed file gives its tensors with type, shape and bytes.
TEST(Safetensors, ReadsTensors) {
  const TestFolder folder;
  const auto file =
      SafetensorsFile::open(folder.write("x.safetensors", safetensors_bytes(good, "12345678abcd")));
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto& b = file->tensors().at("b");
  EXPECT_EQ(b.type, WeightType::bf16);
  EXPECT_EQ(b.shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(b.data), b.bytes), "abcd");
}

// Files that lie about themselves are refused, each for its reason, without reading or allocating by the lie.
TEST(Safetensors, RefusesHostileHeaders) {
  EXPECT_EQ(code_of(good, 12), "");
  EXPECT_EQ(code_of(good, 11), "checkpoint_truncated");
  EXPECT_EQ(code_of(good, 13), "checkpoint_trailing_bytes");
  EXPECT_EQ(code_of(""), "checkpoint_truncated");
  EXPECT_EQ(code_of("1234567"), "checkpoint_truncated");
  EXPECT_EQ(code_of(std::string(8, '\xff')), "checkpoint_header_too_long");
  EXPECT_EQ(code_of(std::string("\x02\0\0\0\0\0\0\0{", 9)), "checkpoint_header_too_long");
  EXPECT_EQ(code_of("[]", 0), "checkpoint_bad_json");
  EXPECT_EQ(code_of(std::string(50'000, '['), 0), "checkpoint_bad_json");
  EXPECT_EQ(
      code_of(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          4),
      "checkpoint_duplicate_tensor");
  EXPECT_EQ(
      code_of(
          R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
          12),
      "checkpoint_overlap");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "checkpoint_hole");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", 8),
            "checkpoint_out_of_bounds");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", 8), "checkpoint_bad_json");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0),
            "checkpoint_wrong_shape");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1048576,1048576,1048576,16],"data_offsets":[0,0]}})", 0),
            "checkpoint_wrong_shape");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", 4),
            "checkpoint_wrong_dtype");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4), "");
  EXPECT_EQ(code_of(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4),
            "checkpoint_bad_json");
}

// Header and number of tensors are limited, at the limit and one past it.
TEST(Safetensors, HasLimits) {
  const auto padded = [](std::size_t bytes) {
    return code_of(std::string("{}") + std::string(bytes - 2, ' '), 0);
  };
  EXPECT_EQ(padded(safetensors_header_bytes_max), "");
  EXPECT_EQ(padded(safetensors_header_bytes_max + 1), "checkpoint_header_too_long");
  const auto tensors = [](std::size_t count) {
    std::string header = "{";
    for (std::size_t i = 0; i < count; ++i)
      header += (i ? "," : "") + ("\"" + std::to_string(i)) +
                R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    return code_of(header + "}", 0);
  };
  EXPECT_EQ(tensors(safetensors_tensors_max), "");
  EXPECT_EQ(tensors(safetensors_tensors_max + 1), "checkpoint_bad_json");
}

// Entries say each thing once and nothing in a wrong place; what is not known is passed over.
TEST(Safetensors, ReadsEntriesStrictly) {
  const auto entry = [](const std::string& text) { return code_of(R"({"a":{)" + text + "}}", 4); };
  const std::string whole = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  EXPECT_EQ(entry(whole), "");
  EXPECT_EQ(entry(whole + R"(,"more":{"x":[1]})"), "");
  for (const char* more : {R"(,"dtype":"F32")", R"(,"shape":[1])", R"(,"data_offsets":[0,4])"})
    EXPECT_EQ(entry(whole + more), "checkpoint_bad_json") << more;
  for (const char* wrong :
       {R"("dtype":"F32","shape":1,"data_offsets":[0,4])", R"("dtype":4,"shape":[1],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])",
        R"("dtype":"F32","shape":[1],"data_offsets":[0])",
        R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])", R"("dtype":"F32","shape":[1])",
        R"("dtype":"F32","shape":{},"data_offsets":[0,4])"})
    EXPECT_EQ(entry(wrong), "checkpoint_bad_json") << wrong;
  EXPECT_EQ(code_of(R"({"a":1})", 0), "checkpoint_bad_json");
  EXPECT_EQ(code_of(R"({"__metadata__":{"a":["b",{"c":[1]}]}})", 0),
            "checkpoint_bad_json");  // nested too deep
  EXPECT_EQ(code_of(R"({"__metadata__":{"a":["b",1,null]}})", 0), "");
}

// An index places tensors in plain files of its folder, each once, in a limited number of files.
TEST(WeightIndex, IsReadStrictly) {
  const auto code = [](const std::string& text) {
    const auto read = parse_weight_index("x.json", text);
    return read.ok() ? "" : read.error().code;
  };
  EXPECT_EQ(
      code(R"({"metadata":{"total_size":1},"weight_map":{"a":"m-1.safetensors","b":"pytorch_model-2.bin"}})"),
      "");
  EXPECT_EQ(code("{}"), "checkpoint_bad_json");
  EXPECT_EQ(code(R"({"weight_map":{"a":1}})"), "checkpoint_bad_json");
  EXPECT_EQ(code(R"({"weight_map":{"a":"x.bin","a":"y.bin"}})"), "checkpoint_duplicate_tensor");
  for (const char* name : {"../x.bin", "/x.bin", ".x.bin", "x.pt", "a/x.bin", "x\\u0000.bin", ""})
    EXPECT_EQ(code(std::string(R"({"weight_map":{"a":")") + name + "\"}}"), "checkpoint_bad_shard_name")
        << name;
  const auto shards = [&](std::size_t count) {
    std::string text = R"({"weight_map":{)";
    for (std::size_t i = 0; i < count; ++i)
      text += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::to_string(i) + ".bin\"";
    return code(text + "}}");
  };
  EXPECT_EQ(shards(checkpoint_shards_max), "");
  EXPECT_EQ(shards(checkpoint_shards_max + 1), "checkpoint_bad_json");
}

// Shards are limited together: each may be as full as one file can be, two full ones are refused.
TEST(Checkpoint, LimitsTheTensorsOfAllShards) {
  const TestFolder folder;
  const auto shard = [&](const std::string& name, std::size_t count) {
    std::string header = "{";
    for (std::size_t i = 0; i < count; ++i)
      header += (i ? ",\"" : "\"") + name + std::to_string(i) +
                R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    folder.write(name + ".safetensors", safetensors_bytes(header + "}", ""));
  };
  const auto index = folder.write("i.json", R"({"weight_map":{"a0":"a.safetensors","b0":"b.safetensors"}})");
  shard("a", checkpoint_tensors_max - 1);
  shard("b", 1);
  EXPECT_TRUE(Checkpoint::open(index).ok());
  shard("b", 2);
  EXPECT_EQ(Checkpoint::open(index).error().code, "checkpoint_bad_json");
}

// A model directory takes converted weights only; the authors' file says what to do with it.
TEST(Checkpoint, OfADirectoryMustBeConverted) {
  const TestFolder folder;
  folder.write("pytorch_model.bin", "PK");
  const auto found = Checkpoint::find(folder.path);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, "model_not_converted");
  EXPECT_NE(found.error().message.find("radfmctl model convert"), std::string::npos);
  EXPECT_EQ(open_model_files(folder.path).error().code, "model_not_converted");
  folder.write("model.safetensors", safetensors_bytes({{{"a", {1}}, {1}}}));
  EXPECT_TRUE(Checkpoint::find(folder.path).ok());
}

// One message names everything that is missing, of the wrong type or shape, and what is there instead.
TEST(Checkpoint, ListsAllThatDoesNotFit) {
  const TestFolder folder;
  const auto file =
      folder.write("model.safetensors", safetensors_bytes({{{"a", {2}}, {1, 2}},
                                                           {{"c", {1, 2}}, {1, 2}},
                                                           {{"odd", {1}}, {1}},
                                                           {{"embedding_layer.cls_head.weight", {1}}, {1}}}));
  const auto checkpoint = Checkpoint::open_file(file);
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_TRUE(checkpoint->check({{"a", {2}}}).ok());
  const auto checked = checkpoint->check({{"a", {2}}, {"b", {3}}, {"c", {2, 1}}});
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, "checkpoint_missing_tensor");
  const std::string& text = checked.error().message;
  EXPECT_NE(text.find("Missing (1): b."), std::string::npos) << text;
  EXPECT_NE(text.find("c is [1, 2], must be [2, 1]"), std::string::npos) << text;
  EXPECT_NE(text.find("Not needed (1): odd."), std::string::npos) << text;
}

}  // namespace
}  // namespace radfm::model
