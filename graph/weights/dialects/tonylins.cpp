#include <graph/weights/dialects/tonylins.h>

namespace vkm::graph {
namespace {

// Returns a layer's place in a block's list: convolution, batch norm, activation, and so on.
size_t layer(const WeightRole& role, bool expands) {
    constexpr size_t layers_a_step = 3;
    const size_t step = role.part == Part::expand      ? 0
                        : role.part == Part::depthwise ? (expands ? 1 : 0)
                                                       : (expands ? 2 : 1);
    return layers_a_step * step + (role.norm ? 1 : 0);
}

std::string name(const NetworkWeights& network, size_t weight, std::string_view list) {
    const Architecture& net = network.architecture;
    if (net.names != BlockNames::conv) return {};
    const WeightRole& role = network.roles[weight];
    const int norm = role.norm ? 1 : 0;
    switch (role.part) {
        case Part::stem:
            return fmt::format("{}.0.{}.{}", list, norm, role.field);
        case Part::last:
            return fmt::format("{}.{}.{}.{}", list, net.blocks.size() + 1, norm, role.field);
        case Part::classifier:
            return fmt::format("classifier.{}", role.field);
        default: {
            const int64_t before = role.block == 0 ? net.stem.out : net.blocks[role.block - 1].out;
            const bool expands = net.blocks[role.block].expanded != before;
            return fmt::format("{}.{}.conv.{}.{}", list, role.block + 1, layer(role, expands), role.field);
        }
    }
}

}  // namespace

std::string tonylins_name(const NetworkWeights& network, size_t weight) {
    return name(network, weight, "features");
}

std::string showlo_name(const NetworkWeights& network, size_t weight) {
    return name(network, weight, "network");
}

}  // namespace vkm::graph
