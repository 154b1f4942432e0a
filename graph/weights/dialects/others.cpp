#include <graph/weights/dialects/rows.h>

#include <array>

namespace vkm::graph::dialect_rows {
namespace {

using enum Part;
constexpr auto matrix = PartNames::Form::matrix;

constexpr std::array jungin500_blocks{
    PartNames{expand, "features.{b+3}.bottleneck_0_0", "features.{b+3}.bottleneck_0_1"},
    PartNames{depthwise, "features.{b+3}.bottleneck_1_0", "features.{b+3}.bottleneck_1_1"},
    PartNames{squeeze, "features.{b+3}.squeeze_excite_0.se_1_0", "", matrix},
    PartNames{excite, "features.{b+3}.squeeze_excite_0.se_2_0", "", matrix},
    PartNames{project, "features.{b+3}.bottleneck_final_0", "features.{b+3}.bottleneck_final_1"},
    PartNames{skip, "features.{b+3}.bottleneck_final_2"},
};
constexpr std::array jungin500_ends{
    PartNames{stem, "features.0", "features.1"},
    PartNames{last, "features.{t+3}", "features.{t+5}"},
    PartNames{hidden, "classifiers.2"},
    PartNames{classifier, "classifiers.4"},
};

constexpr std::array akrapukhin_blocks{
    PartNames{expand, "bottlenecks_1.{b}.pointwise_0.0", "bottlenecks_1.{b}.pointwise_0.1"},
    PartNames{depthwise, "bottlenecks_1.{b}.depthwise_1.0", "bottlenecks_1.{b}.depthwise_1.1"},
    PartNames{squeeze, "bottlenecks_1.{b}.se_block.conv_0.1"},
    PartNames{excite, "bottlenecks_1.{b}.se_block.conv_1.0"},
    PartNames{project, "bottlenecks_1.{b}.pointwise_2.0", "bottlenecks_1.{b}.pointwise_2.1"},
};
constexpr std::array akrapukhin_ends{
    PartNames{stem, "conv_0.0", "conv_0.1"},
    PartNames{last, "conv_2.0", "conv_2.1"},
    PartNames{hidden, "conv_3.1"},
    PartNames{classifier, "conv_4"},
};

constexpr std::array<std::string_view, 1> jungin500{"jungin500_v3_small"};
constexpr std::array<std::string_view, 2> akrapukhin{"akrapukhin_v3_large", "akrapukhin_v3_small"};

constexpr std::array rows{
    Dialect{.name = "jungin500",
            .first = "features.0.weight",
            .models = jungin500,
            .blocks = jungin500_blocks,
            .ends = jungin500_ends},
    Dialect{.name = "akrapukhin",
            .first = "conv_0.0.weight",
            .models = akrapukhin,
            .blocks = akrapukhin_blocks,
            .ends = akrapukhin_ends},
};

}  // namespace

std::span<const Dialect> others() {
    return rows;
}

}  // namespace vkm::graph::dialect_rows
