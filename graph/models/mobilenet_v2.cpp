#include <graph/models/mobilenet_v2.h>

#include <algorithm>

namespace vkm::graph {
namespace {

struct Stage {
    int64_t expansion, channels, repeats, stride;  // the paper's t, c, n, s; the stride is the first repeat's
};

constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

}  // namespace

Architecture mobilenet_v2(const ModelConfig& config) {
    const auto scaled = [&](int64_t channels) {
        return make_divisible(static_cast<double>(channels) * config.width);
    };
    Architecture net;
    net.v2_names = true;
    net.activation = Activation::relu6;
    net.stem = scaled(32);
    int64_t channels = net.stem;
    for (const Stage& stage : stages)
        for (int64_t i = 0; i < stage.repeats; ++i) {
            const int64_t out = scaled(stage.channels);
            net.blocks.push_back({.kernel = 3,
                                  .expanded = channels * stage.expansion,
                                  .out = out,
                                  .squeeze_excite = false,
                                  .activation = Activation::relu6,
                                  .stride = i == 0 ? stage.stride : 1});
            channels = out;
        }
    const double head_width = config.head == Head::full ? std::max(config.width, 1.0) : config.width;
    net.last = make_divisible(1280 * head_width);
    return net;
}

}  // namespace vkm::graph
