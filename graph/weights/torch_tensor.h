#pragma once

#include <graph/weights/pickle.h>
#include <graph/weights/state_dict.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Returns whether a state dict's pickle may refer to the global.
bool torch_global_allowed(std::string_view module, std::string_view name);

/// Holds a tensor as torch.save describes it: a strided view of a storage, counted in elements.
struct TorchTensor {
    std::string_view storage_key;  ///< points into the pickle
    WeightType dtype = WeightType::f32;
    int64_t storage_elements = 0, offset = 0;
    std::vector<int64_t> shape, stride;

    bool contiguous() const;
};

/// Reads a call of torch._utils._rebuild_tensor_v2 or of a parameter around it; empty when the value is no
/// tensor at all. Throws WeightsError naming `file` and `tensor` on a malformed description, and where a view
/// would leave its storage.
std::optional<TorchTensor> torch_tensor(const Pickle&, Pickle::Id, std::string_view file,
                                        std::string_view tensor);

/// Returns the elements of the view in row-major order. `storage` holds storage_elements elements.
std::vector<std::byte> gather(const TorchTensor&, std::span<const std::byte> storage);

}  // namespace vkm::graph
