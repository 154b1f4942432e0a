#include <graph/models/model.h>

namespace vkm::graph::tables {
namespace {

Block dense(int64_t kernel, int64_t out, int64_t stride) {
    return {.kind = BlockKind::convolution, .kernel = kernel, .out = out, .stride = stride};
}

// A universal inverted bottleneck: kernels of the depthwise convolutions before and behind the expansion.
Block universal(int64_t start, int64_t kernel, double expansion, int64_t out, int64_t stride = 1) {
    return {.start = start, .kernel = kernel, .expansion = expansion, .out = out, .stride = stride};
}

// MNv4-Conv-S of "MobileNetV4 - Universal Models for the Mobile Ecosystem" (Qin et al. 2024).
// At other widths it is timm's, whose stem does not become narrower.
Architecture conv_small() {
    Architecture net;
    net.stem = {.out = 32, .fixed_below = 1, .activation = Activation::relu};
    net.blocks = {dense(3, 32, 2),
                  dense(1, 32, 1),
                  dense(3, 96, 2),
                  dense(1, 64, 1),
                  universal(5, 5, 3, 96, 2),
                  universal(0, 3, 2, 96),
                  universal(0, 3, 2, 96),
                  universal(0, 3, 2, 96),
                  universal(0, 3, 2, 96),
                  universal(3, 0, 4, 96),
                  universal(3, 3, 6, 128, 2),
                  universal(5, 5, 4, 128),
                  universal(0, 5, 4, 128),
                  universal(0, 5, 3, 128),
                  universal(0, 3, 4, 128),
                  universal(0, 3, 4, 128)};
    net.last = LastConvolution{.out = 960, .activation = Activation::relu};
    net.hidden = Layer{.out = 1280,
                       .scaling = Scaling::fixed,
                       .bias = false,
                       .batch_norm = true,
                       .activation = Activation::relu,
                       .convolution = true};
    return net;
}

}  // namespace

std::vector<ModelTable> mobilenet_v4() {
    return {{.name = "mobilenet_v4_conv_small",
             .timm_name = "mobilenetv4_conv_small",
             .timm_says_width_1 = false,
             .about = "Qin et al. 2024",
             .options = {{"bn-eps", "1e-05"}, {"bn-momentum", "0.1"}},
             .architecture = conv_small()}};
}

}  // namespace vkm::graph::tables
