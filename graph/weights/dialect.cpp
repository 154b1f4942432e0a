#include <graph/weights/dialect.h>
#include <graph/weights/dialects/timm.h>
#include <graph/weights/dialects/tonylins.h>
#include <graph/weights/identify.h>

#include <array>

namespace vkm::graph {
namespace {

std::string torchvision_name(const NetworkWeights& network, size_t weight) {
    return network.list[weight].name;
}

constexpr std::array all{
    Dialect{"torchvision", "features.0.0.weight", torchvision_name, nullptr},
    Dialect{"timm", "conv_stem.weight", timm_name, assume_timm},
    Dialect{"tonylins", "features.0.0.weight", tonylins_name, nullptr},
    Dialect{"ShowLo", "network.0.0.weight", showlo_name, nullptr},
};

class RoleList {
  public:
    std::vector<WeightRole> of(const Architecture& net) {
        convolution(Part::stem);
        int64_t channels = net.stem.out;
        for (; block_ < net.blocks.size(); ++block_) {
            const Block& block = net.blocks[block_];
            if (expands(net, block, channels)) convolution(Part::expand);
            convolution(Part::depthwise);
            if (block.squeeze_excite) {
                connected(Part::squeeze);
                connected(Part::excite);
            }
            convolution(Part::project);
            channels = block.out;
        }
        convolution(Part::last);
        if (net.hidden) connected(Part::hidden);
        connected(Part::classifier);
        return std::move(roles_);
    }

  private:
    void convolution(Part part) {
        add(part, false, "weight");
        for (const char* field : {"weight", "bias", "running_mean", "running_var"})
            add(part, true, field);
    }

    void connected(Part part) {
        add(part, false, "weight");
        add(part, false, "bias");
    }

    void add(Part part, bool norm, std::string_view field) {
        roles_.push_back({.part = part, .block = block_, .norm = norm, .field = field});
    }

    size_t block_ = 0;
    std::vector<WeightRole> roles_;
};

std::vector<size_t> stages_of(ModelConfig config) {
    config.width = 1;
    std::vector<size_t> stages;
    int64_t channels = 0;
    for (const Block& block : architecture(config).blocks) {
        stages.push_back(stages.empty() ? 0 : stages.back() + (block.out == channels ? 0 : 1));
        channels = block.out;
    }
    return stages;
}

}  // namespace

NetworkWeights network_weights(const ModelConfig& config) {
    NetworkWeights network{.architecture = architecture(config),
                           .stages = stages_of(config),
                           .list = weight_list(config),
                           .roles = {}};
    network.roles = RoleList().of(network.architecture);
    if (network.roles.size() != network.list.size())
        throw Error("{} has {} weights, but {} are told apart", model_name(config.model), network.list.size(),
                    network.roles.size());
    return network;
}

std::span<const Dialect> dialects() {
    return all;
}

}  // namespace vkm::graph
