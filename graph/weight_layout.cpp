#include <graph/weight_layout.h>

namespace vkm::graph {
namespace {

// Calls visit(torch index, stored index) for every element, in torch's order [n][c][i][j].
template <typename Visit>
void for_each_element(const ParameterInfo& info, Visit visit) {
    const auto dimension = [&](size_t i) {
        return i < info.torch_shape.size() ? info.torch_shape[i] : int64_t{1};
    };
    const int64_t outputs = dimension(0), inputs = dimension(1), height = dimension(2), width = dimension(3);
    const int64_t input_rows = info.layout == WeightLayout::dense ? round_up4(inputs) : inputs;
    size_t torch_index = 0;
    for (int64_t n = 0; n < outputs; ++n)
        for (int64_t c = 0; c < inputs; ++c)
            for (int64_t i = 0; i < height; ++i)
                for (int64_t j = 0; j < width; ++j) {
                    const int64_t row =
                        (i * width + j) * input_rows + c;  // of {K, K, C, N}; the others are cases of it
                    visit(torch_index++, static_cast<size_t>(row * outputs + n));
                }
}

}  // namespace

int64_t torch_elements(const ParameterInfo& info) {
    int64_t elements = 1;
    for (const int64_t dimension : info.torch_shape)
        elements *= dimension;
    return elements;
}

HostTensor to_stored(const ParameterInfo& info, std::span<const float> torch_values) {
    if (static_cast<int64_t>(torch_values.size()) != torch_elements(info))
        throw ShapeError("{} has {} elements, not {}", info.name, torch_elements(info), torch_values.size());
    HostTensor stored(stored_type(info).shape);
    for_each_element(info, [&](size_t torch, size_t at) { stored.values[at] = torch_values[torch]; });
    return stored;
}

std::vector<float> to_torch(const ParameterInfo& info, const HostTensor& stored) {
    if (!(stored.shape == stored_type(info).shape))
        throw ShapeError("{} is stored as {}, not {}", info.name, stored_type(info).shape.text(),
                         stored.shape.text());
    std::vector<float> values(static_cast<size_t>(torch_elements(info)));
    for_each_element(info,
                     [&](size_t torch, size_t at) { values[torch] = static_cast<float>(stored.values[at]); });
    return values;
}

}  // namespace vkm::graph
