#pragma once

#include <graph/weights/state_dict.h>

#include <span>
#include <string_view>

namespace vkm::graph {

/// Reads what PyTorch's torch.save (1.6 and later, a zip archive) wrote: a state dict, or a checkpoint that
/// holds one under "state_dict_ema", "model_ema", "state_dict", "model" or "module". The first of these wins,
/// and the metadata name it as "torch.wrapper". Tensors become row-major and packed whatever their strides,
/// in the order of the dict. The prefixes "module." (DataParallel) and "_orig_mod." (torch.compile) are
/// stripped. Strings and numbers beside the tensors become metadata ("torch.epoch"); the names of anything
/// else are listed in "torch.ignored".
///
/// No code of the file is run: a file whose pickle refers to anything but tensors and plain containers is
/// refused, with the name of what it refers to. Throws WeightsError on that and on anything damaged,
/// truncated or unsupported; `file` names the source in messages.
StateDict parse_torch_pickle(std::span<const std::byte>, std::string_view file);

/// Returns whether the bytes begin like a file of torch.save, those from before 1.6 included:
/// parse_torch_pickle says what to do with them.
bool looks_like_torch(std::span<const std::byte>);

}  // namespace vkm::graph
