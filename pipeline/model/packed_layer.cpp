// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/packed_layer.h"

#include "core/result.h"

namespace radfm::model {
namespace {

std::string name_of(int index, const char* tensor) {
  return "lang_model.model.layers." + std::to_string(index) + "." + tensor + ".weight";
}

}  // namespace

at::Tensor exact_weight(const Weights& weights, const std::string& name) { return weights.at(name).to(at::kFloat).contiguous(); }

PackedLayer::PackedLayer(const Weights& weights, int index)
    : attention_norm(exact_weight(weights, name_of(index, "input_layernorm"))),
      mlp_norm(exact_weight(weights, name_of(index, "post_attention_layernorm"))),
      q(weights.packed_tensor(name_of(index, "self_attn.q_proj"))),
      k(weights.packed_tensor(name_of(index, "self_attn.k_proj"))),
      v(weights.packed_tensor(name_of(index, "self_attn.v_proj"))),
      o(weights.packed_tensor(name_of(index, "self_attn.o_proj"))),
      gate(weights.packed_tensor(name_of(index, "mlp.gate_proj"))),
      up(weights.packed_tensor(name_of(index, "mlp.up_proj"))),
      down(weights.packed_tensor(name_of(index, "mlp.down_proj"))) {
  const auto type = [](const PackedTensor& matrix) { return matrix.shape.type; };
  if (type(q) != type(k) || type(q) != type(v) || type(gate) != type(up))
    broken_invariant("matrices of one layer that multiply the same vectors are of one type");
}

}  // namespace radfm::model
