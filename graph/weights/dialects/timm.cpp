#include <graph/weights/dialects/timm.h>

namespace vkm::graph {
namespace {

struct Place {
    size_t stage = 0, block = 0;
};

Place place_of(const NetworkWeights& network, size_t block) {
    Place place;
    for (size_t i = 1; i <= block; ++i)
        place = network.stages[i] == network.stages[i - 1] ? Place{place.stage, place.block + 1}
                                                           : Place{place.stage + 1, 0};
    return place;
}

struct Names {
    std::string_view convolution, norm;
};

// Timm's block without expansion counts its layers from the depthwise convolution.
Names names_in_block(Part part, bool expands) {
    switch (part) {
        case Part::expand:
            return {"conv_pw", "bn1"};
        case Part::depthwise:
            return {"conv_dw", expands ? "bn2" : "bn1"};
        case Part::squeeze:
            return {"se.conv_reduce", ""};
        case Part::excite:
            return {"se.conv_expand", ""};
        default:
            return {expands ? "conv_pwl" : "conv_pw", expands ? "bn3" : "bn2"};
    }
}

}  // namespace

std::string timm_name(const NetworkWeights& network, size_t weight) {
    const Architecture& net = network.architecture;
    const WeightRole& role = network.roles[weight];
    const auto named = [&](std::string_view convolution, std::string_view norm) {
        return fmt::format("{}.{}", role.norm ? norm : convolution, role.field);
    };
    switch (role.part) {
        case Part::stem:
            return named("conv_stem", "bn1");
        case Part::last: {
            if (net.names == BlockNames::conv) return named("conv_head", "bn2");
            const std::string block = fmt::format("blocks.{}.0", network.stages.back() + 1);
            return named(block + ".conv", block + ".bn1");
        }
        case Part::hidden:
            return named("conv_head", "");
        case Part::classifier:
            return named("classifier", "");
        default: {
            const int64_t before = role.block == 0 ? net.stem.out : net.blocks[role.block - 1].out;
            const Place place = place_of(network, role.block);
            const Names names = names_in_block(role.part, net.blocks[role.block].expanded != before);
            const std::string block = fmt::format("blocks.{}.{}.", place.stage, place.block);
            return named(block + std::string(names.convolution), block + std::string(names.norm));
        }
    }
}

void assume_timm(ModelConfig& config) {
    config.head = Head::full;
    config.bn_eps = 1e-5;
    config.bn_momentum = 0.1;
}

}  // namespace vkm::graph
