#pragma once

#include <graph/weights/state_dict.h>
#include <graph/weights/torch/pickle.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Holds a tensor as torch.save describes it: a strided view of a storage, counted in elements.
struct TorchTensor {
    std::string_view storage_key;  ///< points into the pickle
    WeightType dtype = WeightType::f32;
    int64_t storage_elements = 0, offset = 0;
    std::vector<int64_t> shape, stride;

    bool contiguous() const;
};

/// Says where a storage's elements are, as a persistent id of a pickle describes them.
struct TorchStorage {
    std::string_view key;            ///< points into the pickle
    size_t bytes_an_element = 0;     ///< 0 where the type is not known
    std::optional<WeightType> type;  ///< absent for complex, quantised and later types
    int64_t elements = 0;
    int64_t view_offset = 0, view_elements = 0;  ///< the part that is meant: before 1.6 not always all
};

/// Reads ("storage", type, key, device, elements) and what PyTorch before 1.6 appends: None or (key, offset,
/// elements) of a view. Empty where the value is no such tuple or breaks its rules.
std::optional<TorchStorage> torch_storage(const Pickle&, Pickle::Id description);

/// Reads a call of torch._utils._rebuild_tensor_v2, of its predecessor or of a parameter around them. Empty
/// when the value is no tensor, or one whose elements no WeightType holds. Throws WeightsError naming `file`
/// and `tensor` on a malformed description, and where a view would leave its storage.
std::optional<TorchTensor> torch_tensor(const Pickle&, Pickle::Id, std::string_view file,
                                        std::string_view tensor);

/// Returns the elements of the view in row-major order. `storage` holds storage_elements elements.
std::vector<std::byte> gather(const TorchTensor&, std::span<const std::byte> storage);

}  // namespace vkm::graph
