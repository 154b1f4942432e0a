#include <graph/weights/split_weights.h>

#include <fmt/core.h>

#include <array>

namespace vkm::graph {
namespace {

/// Describes how PyTorch names a part of a weight that it computes anew in every step.
struct SplitForm {
    std::string_view part;    ///< how the name ends, or what it holds
    std::string_view what;    ///< made it so
    std::string_view remedy;  ///< in PyTorch
};
constexpr std::array forms{
    SplitForm{".weight_g", "weight_norm", "torch.nn.utils.remove_weight_norm(layer)"},
    SplitForm{".weight_mask", "pruning", "torch.nn.utils.prune.remove(layer, 'weight')"},
    SplitForm{".weight_u", "spectral_norm", "torch.nn.utils.remove_spectral_norm(layer)"},
    SplitForm{".parametrizations.", "a parametrisation",
              "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight')"},
};

}  // namespace

std::string advice_on_split_weights(std::span<const NamedTensor> tensors) {
    for (const SplitForm& form : forms)
        for (const NamedTensor& tensor : tensors)
            if (tensor.name.find(form.part) != tensor.name.npos)
                return fmt::format("{} is a part of a weight, by {}: save the model after {}", tensor.name,
                                   form.what, form.remedy);
    return {};
}

}  // namespace vkm::graph
