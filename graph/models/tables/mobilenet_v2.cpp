#include <graph/models/model.h>

namespace vkm::graph::tables {
namespace {

struct Stage {
    int64_t expansion, channels, repeats, stride;  // the paper's t, c, n, s; the stride is the first repeat's
};

// Table 2 of "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (Sandler et al. 2018).
constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

Architecture paper() {
    Architecture net;
    net.names = BlockNames::conv;
    net.stem = {.out = 32, .activation = Activation::relu6};
    for (const Stage& stage : stages)
        for (int64_t i = 0; i < stage.repeats; ++i)
            net.blocks.push_back(
                {.expansion = stage.expansion == 1 ? 0.0 : static_cast<double>(stage.expansion),
                 .out = stage.channels,
                 .activation = Activation::relu6,
                 .stride = i == 0 ? stage.stride : 1});
    net.last = LastConvolution{.out = 1280, .scaling = Scaling::head, .activation = Activation::relu6};
    return net;
}

// Stem and first block do not follow the width, and channels are rounded up.
Architecture tonylins() {
    Architecture net = paper();
    net.rounding = Rounding::up_to_8;
    net.stem.fixed = true;
    net.blocks.front().fixed = true;
    return net;
}

}  // namespace

std::vector<ModelTable> mobilenet_v2() {
    const ModelOptions options{{"bn-eps", "1e-05"}, {"bn-momentum", "0.1"}, {"head", "full"}};
    ModelOptions without_dropout = options;
    without_dropout["dropout"] = "0";
    return {{.name = "mobilenet_v2",
             .timm_name = "mobilenetv2",
             .about = "Sandler et al. 2018, as torchvision has it",
             .options = options,
             .architecture = paper()},
            {.name = "tonylins_v2",
             .about = "tonylins/pytorch-mobilenet-v2",
             .options = without_dropout,
             .architecture = tonylins()},
            {.name = "mindcv_v2",
             .mindcv_name = "mobilenet_v2",
             .about = "MindCV's V2",
             .options = options,
             .architecture = paper()}};
}

}  // namespace vkm::graph::tables
