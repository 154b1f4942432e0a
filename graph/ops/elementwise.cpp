#include <graph/ops/elementwise.h>

namespace vkm::graph {

void lower_elementwise(Lowering& lowering, const Shader& shader, const TensorType& type,
                       const std::vector<Region>& tensors, std::vector<uint32_t> constants) {
    const int64_t image = type.image_bytes();
    const uint32_t workgroup = lowering.plan().kernels.workgroup;
    constants.insert(constants.begin(), workgroup);
    for (const Window& w : lowering.windows(type.shape.n, {image})) {
        std::vector<Region> bindings;
        for (const Region& tensor : tensors)
            bindings.push_back(tensor.units(w.first, w.count, image));
        struct {
            uint32_t quads;
        } push{static_cast<uint32_t>(quads_of(type, w.count))};
        lowering.dispatch({shader, type.storage(), constants}, std::move(bindings), push,
                          fold_workgroups(divide_up(push.quads, workgroup), lowering.plan()));
    }
}

}  // namespace vkm::graph
