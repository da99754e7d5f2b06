// SPDX-License-Identifier: Apache-2.0
// The vocabulary of a training's language, learned from its records: LLaMA's kind of tokenizer (SentencePiece BPE with
// bytes for what it does not know, single digits, text left as it is).
#pragma once

#include <cstddef>
#include <filesystem>

#include "core/result.h"
#include "demo/training/record.h"

namespace radfm::training {

inline constexpr std::size_t vocabulary_text_bytes_max = 4000;  // of a text; what comes after it teaches nothing

// Writes a SentencePiece model of `pieces` pieces. The same texts give the same bytes, whatever the machine. A second or two
// for 20,000 texts. permanent "vocabulary_bad" (too few texts for so many pieces), transient "conversion_cannot_write".
Status learn_vocabulary(const RecordSource& source, int pieces, const std::filesystem::path& file);

}  // namespace radfm::training
