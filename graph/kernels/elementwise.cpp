#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>

#include <array>

namespace vkm::graph {

namespace {

// Push constants are the number of quads and what `more` adds.
template <typename... More>
void lower_windows(Lowering& lowering, const Shader& shader, const TensorType& type,
                   const std::vector<Region>& tensors, std::vector<uint32_t> constants, More... more) {
    const int64_t image = type.image_bytes();
    const uint32_t workgroup = choose_workgroup(lowering);
    constants.insert(constants.begin(), workgroup);
    for (const Window& w : lowering.windows(type.shape.n, {image})) {
        std::vector<Region> bindings;
        for (const Region& tensor : tensors)
            bindings.push_back(tensor.units(w.first, w.count, image));
        const auto quads = static_cast<uint32_t>(quads_of(type, w.count));
        const std::array<uint32_t, 1 + sizeof...(more)> push{quads, more...};
        lowering.dispatch({shader, type.storage(), constants}, std::move(bindings), push,
                          fold_workgroups(divide_up(quads, workgroup), lowering.plan()));
    }
}

}  // namespace

void lower_elementwise(Lowering& lowering, const Shader& shader, const TensorType& type,
                       const std::vector<Region>& tensors, std::vector<uint32_t> constants) {
    lower_windows(lowering, shader, type, tensors, std::move(constants));
}

void lower_elementwise_with(uint32_t parameter, Lowering& lowering, const Shader& shader,
                            const TensorType& type, const std::vector<Region>& tensors) {
    lower_windows(lowering, shader, type, tensors, {}, parameter);
}

}  // namespace vkm::graph
