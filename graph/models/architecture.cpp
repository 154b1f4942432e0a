#include <graph/models/architecture.h>
#include <graph/models/model_config.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {
namespace {

// Makes a table's channels those of a configuration, layer after layer.
class Resolver {
  public:
    Resolver(const ModelConfig& config, Architecture& net) : config_(config), net_(net) {}

    void run() {
        resolve_strides();
        const bool fixed = net_.stem.fixed || config_.width < net_.stem.fixed_below;
        net_.stem.out = channels("stem", net_.stem.out, fixed ? Scaling::fixed : Scaling::width);
        if (!net_.stem.padding) net_.stem.padding = config_.padding;
        int64_t in = net_.stem.out;
        for (size_t i = 0; i < net_.blocks.size(); ++i) {
            resolve(fmt::format("block {}", i + 1), net_.blocks[i], in);
            in = net_.blocks[i].out;
        }
        if (net_.last) resolve(*net_.last, in);
        if (net_.hidden) net_.hidden->out = channels("hidden layer", net_.hidden->out, net_.hidden->scaling);
        net_.output.out = config_.num_classes;
    }

  private:
    void resolve_strides() {
        const auto strided =
            std::ranges::find_if(net_.blocks, [](const Block& block) { return block.stride > 1; });
        if (strided != net_.blocks.end()) strided->stride = config_.block1_stride;
    }

    void resolve(const std::string& row, Block& block, int64_t in) {
        const Scaling scaling = block.fixed ? Scaling::fixed : Scaling::width;
        if (block.kind == BlockKind::bottleneck) {
            if (block.expansion > 0)
                block.expanded =
                    whole(row, rounded(net_.rounding, static_cast<double>(in) * block.expansion));
            else if (block.expanded > 0)
                block.expanded =
                    channels(row, block.expanded, net_.scale_expanded ? scaling : Scaling::fixed);
            else
                block.expanded = in;
            block.expansion = 0;
            if (block.squeeze_excite) resolve(row, *block.squeeze_excite, block.expanded);
        }
        block.out = channels(row, block.out, scaling);
    }

    void resolve(LastConvolution& last, int64_t in) {
        last.out =
            last.expansion > 0
                ? whole("last convolution", rounded(net_.rounding, static_cast<double>(in) * last.expansion))
                : channels("last convolution", last.out, last.scaling);
        last.expansion = 0;
        if (last.squeeze_excite) resolve("last convolution", *last.squeeze_excite, last.out);
    }

    void resolve(const std::string& row, SqueezeExcite& se, int64_t of) const {
        if (se.hidden == 0) se.hidden = rounded(se.rounding, std::floor(static_cast<double>(of) * se.ratio));
        if (se.used && se.hidden < 1)
            throw ConfigError("{}: {} channels leave squeeze-and-excite no hidden channel at width {}", row,
                              of, config_.width);
        if (!se.order) se.order = config_.se_order;
    }

    int64_t channels(const std::string& layer, int64_t at_width_1, Scaling scaling) const {
        const auto times = [&](int64_t c, double width) {
            return rounded(net_.rounding, static_cast<double>(c) * width);
        };
        switch (scaling) {
            case Scaling::width:
                return whole(layer, times(at_width_1, config_.width));
            case Scaling::twice:
                return whole(layer, times(times(at_width_1, config_.width), config_.width));
            case Scaling::head:
                return whole(
                    layer, times(at_width_1,
                                 config_.head == Head::full ? std::max(config_.width, 1.0) : config_.width));
            case Scaling::fixed:
                break;
        }
        return at_width_1;
    }

    int64_t whole(const std::string& layer, int64_t c) const {
        if (c < 1) throw ConfigError("{}: width {} leaves it no channel", layer, config_.width);
        return c;
    }

    const ModelConfig& config_;
    Architecture& net_;
};

}  // namespace

int64_t make_divisible(double channels) {
    constexpr int64_t divisor = 8;
    const int64_t multiple =
        std::max(divisor, static_cast<int64_t>(channels + divisor / 2.0) / divisor * divisor);
    return static_cast<double>(multiple) < 0.9 * channels ? multiple + divisor : multiple;
}

int64_t rounded(Rounding rounding, double channels) {
    switch (rounding) {
        case Rounding::nearest_8:
            return make_divisible(channels);
        case Rounding::up_to_8:
            return static_cast<int64_t>(std::ceil(channels / 8)) * 8;
        case Rounding::truncate:
            break;
    }
    return static_cast<int64_t>(channels);
}

bool expands(const Architecture& net, const Block& block, int64_t in_channels) {
    return net.expand_always || block.expanded != in_channels;
}

Architecture architecture(const ModelConfig& config) {
    Architecture net = config.model.architecture();
    Resolver(config, net).run();
    return net;
}

}  // namespace vkm::graph
