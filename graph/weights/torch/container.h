#pragma once

#include <graph/weights/torch/pickle.h>

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace vkm::graph {

/// Holds a file of torch.save taken apart: what was pickled, and the bytes of its storages. It refers to the
/// file's bytes.
struct TorchContainer {
    Pickle pickle;
    /// Returns the bytes of a storage. Throws WeightsError where the file has none of that key.
    std::function<std::span<const std::byte>(std::string_view key)> storage;
    std::map<std::string, std::string> metadata = {};  ///< what this program wrote beside it (writer.h)
};

/// Opens the zip archive that PyTorch 1.6 and later write. Throws WeightsError naming `file`.
TorchContainer open_torch_archive(std::span<const std::byte>, std::string_view file);

/// Opens what PyTorch 0.1.10 to 1.5 write: five pickles (a magic number, the protocol's version, facts of the
/// machine, the object, the keys of its storages) and behind them every storage, as the number of its
/// elements (int64) and their bytes. Throws WeightsError naming `file`.
TorchContainer open_torch_stream(std::span<const std::byte>, std::string_view file);

/// Returns whether the bytes begin like that: with the magic number.
bool looks_like_torch_stream(std::span<const std::byte>);

/// Opens what pickle.dump() writes of tensors: one pickle, in which each storage is a file of its own of the
/// form before 1.6. Throws WeightsError naming `file`.
TorchContainer open_torch_dump(std::span<const std::byte>, std::string_view file);

/// Returns whether the bytes begin like a pickle of protocol 2 and up.
bool looks_like_pickle(std::span<const std::byte>);

}  // namespace vkm::graph
