// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/state_dict.h"

#include <gtest/gtest.h>

#include "tests/pipeline/model/checkpoint/pickle_text.h"

namespace radfm::model {
namespace {

const std::string file = "x.bin";

std::string code_of(const std::string& pickle) {
  const auto read = unpickle_state_dict(file, pickle);
  return read.ok() ? "" : read.error().code;
}
std::string of_value(const std::string& operations) {  // a dictionary with one entry
  return code_of(proto2 + ordered_dict + "(" + text_operation("a") + operations + "u.");
}

const WrittenTensor six{"a", {2, 3}, {3, 1}};

// What torch.save writes: names, views and storages; attributes of the dictionary are passed over.
TEST(StateDict, ReadsTensors) {
  const std::string metadata = "}" + text_operation("_metadata") + ordered_dict + text_operation("") + "}" +
                               text_operation("version") + "K\1sssb";
  std::string pickle = state_dict_pickle({six, {"b", {}, {}, 5}, {"c", {1}, {1}, 0, "LongStorage", "7", 1}});
  pickle.insert(pickle.size() - 1, metadata);
  const auto read = unpickle_state_dict(file, pickle);
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->tensors.size(), 3u);
  EXPECT_EQ(read->tensors[0].name, "a");
  EXPECT_EQ(read->tensors[0].sizes, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(read->tensors[1].offset, 5);
  EXPECT_EQ(read->tensors[0].storage, read->tensors[1].storage);
  ASSERT_EQ(read->storages.size(), 2u);
  EXPECT_EQ(read->storages[1].key, "7");
  EXPECT_EQ(read->storages[1].type->name, "I64");
}

// Parameters, torch.Size, plain dictionaries, memo and protocol 4 are other ways to write the same.
TEST(StateDict, ReadsTheOtherWays) {
  EXPECT_EQ(
      of_value("ctorch._utils\n_rebuild_parameter\n(" + tensor_operation(six) + "\x88" + ordered_dict + "tR"),
      "");
  EXPECT_EQ(code_of(proto2 + "}(" + text_operation("a") + tensor_operation(six) + "u."), "");
  EXPECT_EQ(code_of(proto2 + ordered_dict + text_operation("a") + "q\5" + tensor_operation(six) + "r" +
                    little_endian(300, 4) + "sh\5j" + little_endian(300, 4) + "s."),
            "checkpoint_duplicate_tensor");  // the memo gives name and tensor once more
  const std::string frame = "\x80\x04\x95" + little_endian(5, 8);
  EXPECT_EQ(code_of(frame + "\x8c\x0b"
                            "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94."),
            "");
  std::string sized = tensor_operation(six);
  sized.replace(sized.find(tuple_operation({2, 3})), tuple_operation({2, 3}).size(),
                "ctorch\nSize\n(" + tuple_operation({2, 3}) + "tR");
  EXPECT_EQ(of_value(sized), "");
}

// Every name and operation that could run something is refused by name, before anything else of it is looked
// at.
TEST(StateDict, RefusesWhatCouldRun) {
  const auto refused = [](const std::string& operations, const std::string& name) {
    const auto read = unpickle_state_dict(file, proto2 + operations);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, "checkpoint_unsafe_pickle");
    EXPECT_NE(read.error().message.find(name), std::string::npos) << read.error().message;
    EXPECT_NE(read.error().message.find("not executed"), std::string::npos);
  };
  refused("cposix\nsystem\n(", "posix.system");
  refused("cbuiltins\neval\n", "builtins.eval");
  refused(
      "\x8c\x08"
      "builtins\x8c\x04"
      "exec\x93",
      "builtins.exec");
  refused("(S'touch PWNED'\nios\nsystem\n", "os.system");
  refused("ctorch\nload\n", "torch.load");
  refused("ctorch.storage\n_load_from_bytes\n", "torch.storage._load_from_bytes");
  refused("ccollections\nOrderedDict.__class__\n", "OrderedDict.__class__");
  refused("ctorch\nFloatStorage\n)R", "calls a storage class");
  refused("(o", "OBJ");
  refused(")\x81", "NEWOBJ");
  refused("\x82\x01", "EXT");
  refused("P0\n", "PERSID");
  refused("}}b", "no OrderedDict");
  refused("c\x1b[2J\nx\n", "?[2J.x");  // nothing of it reaches a terminal
}

// Damaged pickles and objects that are no table of tensors.
TEST(StateDict, RefusesDamage) {
  const std::string pickle = state_dict_pickle({six});
  for (std::size_t cut = 0; cut < pickle.size(); ++cut)
    EXPECT_EQ(code_of(pickle.substr(0, cut)), "checkpoint_bad_pickle") << cut;
  EXPECT_EQ(code_of(pickle + "x"), "checkpoint_bad_pickle");
  EXPECT_EQ(code_of(proto2 + "N."), "checkpoint_bad_pickle");
  EXPECT_EQ(code_of("\x80\x06}."), "checkpoint_bad_pickle");
  EXPECT_EQ(of_value("N"), "checkpoint_bad_pickle");
  EXPECT_EQ(code_of(proto2 + "}K\1" + tensor_operation(six) + "s."), "checkpoint_bad_pickle");
  EXPECT_EQ(code_of(state_dict_pickle({six, six})), "checkpoint_duplicate_tensor");
  EXPECT_EQ(code_of(state_dict_pickle({six, {"b", {1}, {1}, 0, "HalfStorage"}})),
            "checkpoint_bad_pickle");  // two types
  EXPECT_EQ(code_of(state_dict_pickle({{"a", {2}, {3, 1}}})), "checkpoint_bad_pickle");
  for (const char* operations :
       {"s", "u", "t", "R", "b", "Q", "h\1", "q\1", "\x94", "\x93", "\x85", ")h\7", "]", "K\1)R", "0"})
    EXPECT_EQ(code_of(proto2 + operations + "."), "checkpoint_bad_pickle") << operations;
}

// Limits hold at the limit and not one past it.
TEST(StateDict, HasLimits) {
  const auto text = [](std::size_t bytes) {
    return code_of(state_dict_pickle({{std::string(bytes, 'n'), {}, {}}}));
  };
  EXPECT_EQ(text(pickle_text_bytes_max), "");
  EXPECT_EQ(text(pickle_text_bytes_max + 1), "checkpoint_bad_pickle");
  const auto marks = [](std::size_t count) {
    return code_of(proto2 + "}" + std::string(count, '(') + std::string(count, 'u') + ".");
  };
  EXPECT_EQ(marks(1), "");
  const auto deep = [](std::size_t count) {  // tuples in one another as an attribute
    return code_of(proto2 + ordered_dict + "}" + text_operation("m") + std::string(count, '(') +
                   std::string(count, 't') + "sb.");
  };
  EXPECT_EQ(deep(pickle_depth_max), "");
  EXPECT_EQ(deep(pickle_depth_max + 1), "checkpoint_bad_pickle");
  const auto stack = [](std::size_t count) {
    return code_of(proto2 + ordered_dict + "}" + text_operation("m") + "(" + std::string(count, 'N') +
                   "tsb.");
  };
  EXPECT_EQ(stack(pickle_stack_max - 3), "");
  EXPECT_EQ(stack(pickle_stack_max - 2), "checkpoint_bad_pickle");
  const auto memo = [](std::uint64_t slot) { return code_of(proto2 + "}r" + little_endian(slot, 4) + "."); };
  EXPECT_EQ(memo(pickle_memo_max - 1), "");
  EXPECT_EQ(memo(pickle_memo_max), "checkpoint_bad_pickle");
  const auto rank = [](std::size_t axes) {
    return code_of(
        state_dict_pickle({{"a", std::vector<std::int64_t>(axes, 1), std::vector<std::int64_t>(axes, 1)}}));
  };
  EXPECT_EQ(rank(tensor_rank_max), "");
  EXPECT_EQ(rank(tensor_rank_max + 1), "checkpoint_bad_pickle");
  EXPECT_EQ(code_of(std::string(pickle_bytes_max, '\x80')), "checkpoint_bad_pickle");
  std::string many = proto2 + "}";
  for (std::size_t i = 0; i < pickle_objects_max / 2 - 1; ++i)
    many += "}\x85";  // 2 and 2 objects each: too many
  EXPECT_EQ(code_of(many + "."), "checkpoint_bad_pickle");
}

}  // namespace
}  // namespace radfm::model
