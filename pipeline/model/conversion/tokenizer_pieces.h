// SPDX-License-Identifier: Apache-2.0
// How many pieces a SentencePiece model has, and whether the first three are its control pieces: enough to
// know that a tokenizer belongs to a vocabulary, without SentencePiece. (sentencepiece_model.proto:
// ModelProto.pieces = 1, SentencePiece.piece = 1; protobuf's wire format.)
#pragma once

#include <cstddef>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

// permanent "model_tokenizer_bad": no such file format, or the first pieces are not <unk>, <s>, </s>.
Result<std::size_t> count_tokenizer_pieces(std::string_view model);

}  // namespace radfm::model
