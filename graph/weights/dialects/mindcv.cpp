#include <graph/weights/dialects/rows.h>

#include <array>

namespace vkm::graph::dialect_rows {
namespace {

using enum Part;

// "features" and "layers" are flat lists that count activations; squeeze-and-excite is one layer.
constexpr std::array blocks{
    PartNames{expand, "features.{b+3}.layers.0", "features.{b+3}.layers.1"},
    PartNames{depthwise, "features.{b+3}.layers.{x}", "features.{b+3}.layers.{x+1}"},
    PartNames{squeeze, "features.{b+3}.layers.{x+3}.conv_reduce"},
    PartNames{excite, "features.{b+3}.layers.{x+3}.conv_expand"},
    PartNames{project, "features.{b+3}.layers.{x+s+3}", "features.{b+3}.layers.{x+s+4}"},
};
constexpr std::array v2_ends{
    PartNames{stem, "features.0", "features.1"},
    PartNames{last, "features.{t+3}", "features.{t+4}"},
    PartNames{classifier, "classifier.1"},
};
constexpr std::array v3_ends{
    PartNames{stem, "features.0", "features.1"},
    PartNames{last, "features.{t+3}", "features.{t+4}"},
    PartNames{hidden, "classifier.0"},
    PartNames{classifier, "classifier.3"},
};

constexpr NormFields mindspore{
    .weight = "gamma", .bias = "beta", .mean = "moving_mean", .variance = "moving_variance"};

constexpr std::array<std::string_view, 1> v2{"mindcv_v2"};
constexpr std::array<std::string_view, 2> v3{"mindcv_v3_large", "mindcv_v3_small"};

constexpr std::array rows{
    Dialect{.name = "MindCV",
            .first = "features.0.weight",
            .models = v3,
            .blocks = blocks,
            .ends = v3_ends,
            .fields = mindspore},
    Dialect{.name = "MindCV",
            .first = "features.0.weight",
            .models = v2,
            .blocks = blocks,
            .ends = v2_ends,
            .fields = mindspore},
};

}  // namespace

std::span<const Dialect> mindcv() {
    return rows;
}

}  // namespace vkm::graph::dialect_rows
