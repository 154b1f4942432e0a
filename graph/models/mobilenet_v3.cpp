#include <graph/models/mobilenet_v3.h>

#include <algorithm>

namespace vkm::graph {
namespace {

struct Table {
    std::vector<Bottleneck> blocks;
    int64_t hidden;
};

constexpr bool SE = true, no_se = false;
constexpr Activation RE = Activation::relu, HS = Activation::hard_swish;

// Rows: kernel, expanded, out, squeeze-and-excite, nonlinearity, stride.
const Table large{{{3, 16, 16, no_se, RE, 1},
                   {3, 64, 24, no_se, RE, 2},
                   {3, 72, 24, no_se, RE, 1},
                   {5, 72, 40, SE, RE, 2},
                   {5, 120, 40, SE, RE, 1},
                   {5, 120, 40, SE, RE, 1},
                   {3, 240, 80, no_se, HS, 2},
                   {3, 200, 80, no_se, HS, 1},
                   {3, 184, 80, no_se, HS, 1},
                   {3, 184, 80, no_se, HS, 1},
                   {3, 480, 112, SE, HS, 1},
                   {3, 672, 112, SE, HS, 1},
                   {5, 672, 160, SE, HS, 2},
                   {5, 960, 160, SE, HS, 1},
                   {5, 960, 160, SE, HS, 1}},
                  1280};

const Table small{{{3, 16, 16, SE, RE, 2},
                   {3, 72, 24, no_se, RE, 2},
                   {3, 88, 24, no_se, RE, 1},
                   {5, 96, 40, SE, HS, 2},
                   {5, 240, 40, SE, HS, 1},
                   {5, 240, 40, SE, HS, 1},
                   {5, 120, 48, SE, HS, 1},
                   {5, 144, 48, SE, HS, 1},
                   {5, 288, 96, SE, HS, 2},
                   {5, 576, 96, SE, HS, 1},
                   {5, 576, 96, SE, HS, 1}},
                  1024};

bool is_large(Model model) {
    return model == Model::mobilenet_v3_large || model == Model::mobilenet_v3_large_minimalistic;
}

bool is_minimalistic(Model model) {
    return model == Model::mobilenet_v3_large_minimalistic || model == Model::mobilenet_v3_small_minimalistic;
}

Bottleneck minimalistic(Bottleneck block) {
    block.kernel = 3;
    block.squeeze_excite = false;
    block.activation = Activation::relu;
    return block;
}

}  // namespace

Architecture mobilenet_v3(const ModelConfig& config) {
    const auto scaled = [&](int64_t channels) {
        return make_divisible(static_cast<double>(channels) * config.width);
    };
    const Table& table = is_large(config.model) ? large : small;
    Architecture net;
    net.stem = scaled(16);
    net.activation = is_minimalistic(config.model) ? Activation::relu : Activation::hard_swish;
    for (Bottleneck block : table.blocks) {
        if (is_minimalistic(config.model)) block = minimalistic(block);
        block.expanded = scaled(block.expanded);
        block.out = scaled(block.out);
        net.blocks.push_back(block);
    }
    net.last = 6 * net.blocks.back().out;
    const double head_width = config.head == Head::full ? std::max(config.width, 1.0) : config.width;
    net.hidden = make_divisible(static_cast<double>(table.hidden) * head_width);
    return net;
}

}  // namespace vkm::graph
