#pragma once

#include <graph/weights/weights_content.h>

#include <span>
#include <string_view>

namespace vkm::graph {

/// Opens what PyTorch's torch.save wrote, in any version since 0.1.10, or pickle.dump of its tensors: every dict of tensors that lies
/// somewhere in it, and whole modules as their state dicts (graph/weights/torch/search.h). Tensors become
/// row-major and packed whatever their strides, in the order of the dict. Strings and numbers beside them
/// become metadata ("torch.epoch"), the way to them is "torch.wrapper", and the names of anything else are
/// listed in "torch.ignored".
///
/// No code of the file is run: classes and functions that its pickle refers to stay names, and what they
/// would make is passed over unless it is a tensor or a container. Throws WeightsError on anything damaged,
/// truncated or unsupported, and where there are no tensors; `file` names the source in messages.
WeightsContent open_torch(std::span<const std::byte>, std::string_view file);

/// Returns whether the bytes begin like a file of torch.save.
bool looks_like_torch(std::span<const std::byte>);

}  // namespace vkm::graph
