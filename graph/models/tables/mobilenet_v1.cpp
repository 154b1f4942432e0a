#include <graph/models/model.h>

namespace vkm::graph::tables {
namespace {

struct V1Row {
    int64_t out, stride;
};

// Table 1 of "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications"
// (Howard et al. 2017): depthwise and pointwise convolution, each with batch norm and activation.
constexpr V1Row v1_rows[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                             {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

Architecture network(Activation activation) {
    Architecture net;
    net.stem = {.out = 32, .activation = activation};
    for (const V1Row& row : v1_rows)
        net.blocks.push_back({.out = row.out,
                              .activation = activation,
                              .project_activation = activation,
                              .stride = row.stride,
                              .skip = Skip::none});
    return net;
}

// MindCV's has ReLU, no dropout, and channels that are not rounded to multiples of 8.
Architecture mindcv() {
    Architecture net = network(Activation::relu);
    net.rounding = Rounding::truncate;
    return net;
}

}  // namespace

std::vector<ModelTable> mobilenet_v1() {
    const ModelOptions options{{"bn-eps", "1e-05"}, {"bn-momentum", "0.1"}};
    ModelOptions without_dropout = options;
    without_dropout["dropout"] = "0";
    return {{.name = "mobilenet_v1",
             .timm_name = "mobilenetv1",
             .about = "Howard et al. 2017",
             .options = options,
             .architecture = network(Activation::relu6)},
            {.name = "mindcv_v1",
             .mindcv_name = "mobilenet_v1",
             .about = "MindCV's V1",
             .options = without_dropout,
             .architecture = mindcv()}};
}

}  // namespace vkm::graph::tables
