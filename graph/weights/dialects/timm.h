#pragma once

#include <graph/weights/dialect.h>

namespace vkm::graph {

// timm (pytorch-image-models): conv_stem, blocks.STAGE.BLOCK.*, conv_head, classifier.

std::string timm_name(const NetworkWeights&, size_t weight);

/// Sets what timm's own training means: batch norm as PyTorch's default has it, and the full head.
void assume_timm(ModelConfig&);

}  // namespace vkm::graph
