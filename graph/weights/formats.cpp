#include <graph/weights/formats.h>
#include <graph/weights/safetensors.h>
#include <graph/weights/torch/reader.h>

#include <array>

namespace vkm::graph {
namespace {

constexpr std::array formats{
    WeightFormat{"safetensors", ".safetensors", "a safetensors file", looks_like_safetensors,
                 open_safetensors, write_safetensors},
    WeightFormat{"PyTorch .pth", ".pth", "one that torch.save wrote", looks_like_torch, open_torch, nullptr},
};

}  // namespace

std::span<const WeightFormat> weight_formats() {
    return formats;
}

std::string weight_format_names() {
    std::vector<std::string_view> names;
    for (const WeightFormat& format : formats)
        names.push_back(format.name);
    return listed(names, "or");
}

}  // namespace vkm::graph
