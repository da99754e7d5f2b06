// SPDX-License-Identifier: Apache-2.0
// Trains the demonstration model's tokenizer: build/demo/tokenizer/radfm-train-tokenizer models/phantom/tokenizer.model
// The same build of SentencePiece writes the same bytes each time.
#include <sentencepiece_trainer.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

#include "demo/tokenizer/report_grammar.h"

namespace {

constexpr std::uint64_t texts = 20'000;

// LLaMA's kind of tokenizer (BPE with bytes for what it does not know, single digits, text left as it is),
// 768 pieces.
constexpr const char* settings =
    "--model_type=bpe --vocab_size=768 --byte_fallback=true --split_digits=true "
    "--normalization_rule_name=identity "
    "--add_dummy_prefix=true --remove_extra_whitespaces=false --unk_id=0 --bos_id=1 --eos_id=2 --pad_id=-1 "
    "--character_coverage=1.0 --num_threads=1 --shuffle_input_sentence=false --minloglevel=1";

class GrammarTexts : public sentencepiece::SentenceIterator {
 public:
  bool done() const override { return number_ >= texts; }
  void Next() override { text_ = radfm::demo::grammar_text(++number_); }
  const std::string& value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::uint64_t number_ = 0;
  std::string text_ = radfm::demo::grammar_text(0);
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: radfm-train-tokenizer OUT.model\n";
    return 2;
  }
  GrammarTexts sentences;
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &sentences, &model);
  if (!status.ok()) {
    std::cerr << "radfm-train-tokenizer: " << status.ToString() << "\n";
    return 1;
  }
  std::ofstream out(arguments[1], std::ios::binary);
  out << model;
  if (!out.flush()) {
    std::cerr << "radfm-train-tokenizer: cannot write " << arguments[1] << "\n";
    return 1;
  }
  std::cout << "wrote " << arguments[1] << " (" << model.size() << " bytes)\n";
}
