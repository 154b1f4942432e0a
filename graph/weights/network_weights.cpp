#include <graph/models/network.h>
#include <graph/weights/dialect.h>
#include <graph/weights/identify.h>

namespace vkm::graph {
namespace {

// Lists what build_network and unused_weights create, in their order.
class RoleList {
  public:
    std::vector<WeightRole> of(const Architecture& net) {
        convolution(Part::stem);
        int64_t channels = net.stem.out;
        for (; block_ < net.blocks.size(); ++block_) {
            block(net, net.blocks[block_], channels);
            channels = net.blocks[block_].out;
        }
        if (net.last) {
            convolution(Part::last);
            if (net.last->squeeze_excite)
                squeeze_excite(*net.last->squeeze_excite, Part::last_squeeze, Part::last_excite);
        }
        if (net.hidden) connected(Part::hidden, *net.hidden);
        connected(Part::classifier, net.output);
        for (block_ = 0; block_ < net.blocks.size(); ++block_)
            if (const auto& se = net.blocks[block_].squeeze_excite; se && !se->used)
                squeeze_excite(*se, Part::squeeze, Part::excite);
        return std::move(roles_);
    }

  private:
    void block(const Architecture& net, const Block& block, int64_t in) {
        if (block.kind == BlockKind::convolution) return convolution(Part::convolution);
        if (block.start > 0) convolution(Part::start);
        if (expands(net, block, in)) convolution(Part::expand);
        if (block.kernel > 0) convolution(Part::depthwise);
        if (block.squeeze_excite && block.squeeze_excite->used)
            squeeze_excite(*block.squeeze_excite, Part::squeeze, Part::excite);
        convolution(Part::project);
        if (block.skip == Skip::convolution) add(Part::skip, false, "weight");
    }

    void convolution(Part part) {
        add(part, false, "weight");
        norm(part);
    }

    void norm(Part part) {
        for (const char* field : {"weight", "bias", "running_mean", "running_var"})
            add(part, true, field);
    }

    void squeeze_excite(const SqueezeExcite& se, Part squeeze, Part excite) {
        for (const Part part : {squeeze, excite}) {
            add(part, false, "weight");
            if (se.bias) add(part, false, "bias");
        }
    }

    void connected(Part part, const Layer& layer) {
        add(part, false, "weight");
        if (layer.bias) add(part, false, "bias");
        if (layer.batch_norm) norm(part);
    }

    void add(Part part, bool norm, std::string_view field) {
        roles_.push_back({.part = part, .block = block_, .norm = norm, .field = field});
    }

    size_t block_ = 0;
    std::vector<WeightRole> roles_;
};

bool projects(const Block& block) {
    return block.kind == BlockKind::convolution && block.kernel == 1 && block.stride == 1;
}

std::vector<size_t> stages_of(ModelConfig config) {
    config.width = 1;
    std::vector<size_t> stages;
    int64_t channels = 0;
    for (const Block& block : architecture(config).blocks) {
        // A plain 1x1 convolution projects what the block before made.
        const bool goes_on = block.out == channels || projects(block);
        stages.push_back(stages.empty() ? 0 : stages.back() + (goes_on ? 0 : 1));
        channels = block.out;
    }
    return stages;
}

}  // namespace

NetworkWeights network_weights(const ModelConfig& config) {
    NetworkWeights network{.architecture = architecture(config),
                           .stages = stages_of(config),
                           .list = weight_list(config),
                           .unused = unused_weights(config),
                           .roles = {}};
    network.roles = RoleList().of(network.architecture);
    if (network.roles.size() != network.list.size() + network.unused.size())
        throw Error("{} has {} weights, but {} are told apart", model_name(config.model),
                    network.list.size() + network.unused.size(), network.roles.size());
    return network;
}

std::vector<size_t> NetworkWeights::in_order() const {
    std::vector<size_t> order;
    size_t next = list.size();
    for (size_t i = 0; i < list.size(); ++i) {
        // Squeeze-and-excite stands before the projection.
        if (roles[i].part == Part::project && !roles[i].norm)
            for (; next < roles.size() && roles[next].block == roles[i].block; ++next)
                order.push_back(next);
        order.push_back(i);
    }
    return order;
}

}  // namespace vkm::graph
