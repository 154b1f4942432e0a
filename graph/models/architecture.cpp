#include <graph/models/mobilenet_v2.h>
#include <graph/models/mobilenet_v3.h>

#include <algorithm>

namespace vkm::graph {

int64_t make_divisible(double channels) {
    constexpr int64_t divisor = 8;
    const int64_t rounded =
        std::max(divisor, static_cast<int64_t>(channels + divisor / 2.0) / divisor * divisor);
    return static_cast<double>(rounded) < 0.9 * channels ? rounded + divisor : rounded;
}

Architecture architecture(const ModelConfig& config) {
    Architecture net = config.model == Model::mobilenet_v2 ? mobilenet_v2(config) : mobilenet_v3(config);
    const auto strided = std::find_if(net.blocks.begin(), net.blocks.end(),
                                      [](const Bottleneck& block) { return block.stride > 1; });
    if (strided != net.blocks.end()) strided->stride = config.block1_stride;
    return net;
}

}  // namespace vkm::graph
