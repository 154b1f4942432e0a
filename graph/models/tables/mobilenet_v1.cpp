#include <graph/models/model.h>

namespace vkm::graph::tables {
namespace {

struct Row {
    int64_t out, stride;
};

// Table 1 of "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications"
// (Howard et al. 2017): depthwise and pointwise convolution, each with batch norm and activation.
constexpr Row rows[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                        {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

Architecture paper() {
    Architecture net;
    net.stem = {.out = 32, .activation = Activation::relu6};
    for (const Row& row : rows)
        net.blocks.push_back({.out = row.out,
                              .activation = Activation::relu6,
                              .project_activation = Activation::relu6,
                              .stride = row.stride,
                              .skip = Skip::none});
    return net;
}

}  // namespace

std::vector<ModelTable> mobilenet_v1() {
    return {{.name = "mobilenet_v1",
             .timm_name = "mobilenetv1",
             .about = "Howard et al. 2017",
             .options = {{"bn-eps", "1e-05"}, {"bn-momentum", "0.1"}},
             .architecture = paper()}};
}

}  // namespace vkm::graph::tables
