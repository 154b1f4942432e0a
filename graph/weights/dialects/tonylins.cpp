#include <graph/weights/dialects/rows.h>

#include <array>

namespace vkm::graph::dialect_rows {
namespace {

using enum Part;
constexpr auto matrix = PartNames::Form::matrix;

// A block is one flat list of layers, activations counted.
constexpr std::array tonylins_blocks{
    PartNames{expand, "features.{b+1}.conv.0", "features.{b+1}.conv.1"},
    PartNames{depthwise, "features.{b+1}.conv.{x}", "features.{b+1}.conv.{x+1}"},
    PartNames{project, "features.{b+1}.conv.{x+3}", "features.{b+1}.conv.{x+4}"},
};
constexpr std::array tonylins_ends{
    PartNames{stem, "features.0.0", "features.0.1"},
    PartNames{last, "features.{t+1}.0", "features.{t+1}.1"},
    PartNames{classifier, "classifier"},
};
// Its first version, as torchvision had it then.
constexpr std::array tonylins_dropout_ends{
    PartNames{stem, "features.0.0", "features.0.1"},
    PartNames{last, "features.{t+1}.0", "features.{t+1}.1"},
    PartNames{classifier, "classifier.1"},
};
constexpr std::array showlo_v2_blocks{
    PartNames{expand, "network.{b+1}.conv.0", "network.{b+1}.conv.1"},
    PartNames{depthwise, "network.{b+1}.conv.{x}", "network.{b+1}.conv.{x+1}"},
    PartNames{project, "network.{b+1}.conv.{x+3}", "network.{b+1}.conv.{x+4}"},
};
constexpr std::array showlo_v2_ends{
    PartNames{stem, "network.0.0", "network.0.1"},
    PartNames{last, "network.{t+1}.0", "network.{t+1}.1"},
    PartNames{classifier, "classifier"},
};

// The first half of a block is conv1, which an expanding block ends behind the expansion.
constexpr std::array showlo_v3_blocks{
    PartNames{expand, "featureList.{b+1}.conv1.0", "featureList.{b+1}.conv1.1"},
    PartNames{depthwise, "featureList.{b+1}.{x?conv2|conv1}.0", "featureList.{b+1}.{x?conv2|conv1}.1"},
    PartNames{squeeze, "featureList.{b+1}.{x?conv2|conv1}.2.fc.0", "", matrix},
    PartNames{excite, "featureList.{b+1}.{x?conv2|conv1}.2.fc.2", "", matrix},
    PartNames{project, "featureList.{b+1}.conv2.{x?4|0}", "featureList.{b+1}.conv2.{x?5|1}{r?.lastBN}"},
};
constexpr std::array showlo_v3_ends{
    PartNames{stem, "featureList.0.0", "featureList.0.1"},
    PartNames{last, "featureList.{t+1}.0", "featureList.{t+1}.1"},
    PartNames{hidden, "last_stage_layers.1"},
    PartNames{classifier, "classifier.1"},
};

constexpr std::array<std::string_view, 2> v2{"mobilenet_v2", "tonylins_v2"};
constexpr std::array<std::string_view, 2> v3{"showlo_v3_large", "showlo_v3_small"};

constexpr std::array rows{
    Dialect{.name = "tonylins",
            .first = "features.0.0.weight",
            .models = v2,
            .blocks = tonylins_blocks,
            .ends = tonylins_ends},
    Dialect{.name = "tonylins",
            .first = "features.0.0.weight",
            .models = v2,
            .blocks = tonylins_blocks,
            .ends = tonylins_dropout_ends},
    Dialect{.name = "ShowLo",
            .first = "network.0.0.weight",
            .models = v2,
            .blocks = showlo_v2_blocks,
            .ends = showlo_v2_ends,
            .class_order = "of the ILSVRC ids in meta.mat"},
    Dialect{.name = "ShowLo",
            .first = "featureList.0.0.weight",
            .models = v3,
            .blocks = showlo_v3_blocks,
            .ends = showlo_v3_ends},
};

}  // namespace

std::span<const Dialect> tonylins() {
    return rows;
}

}  // namespace vkm::graph::dialect_rows
