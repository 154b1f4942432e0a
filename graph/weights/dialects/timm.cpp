#include <graph/weights/dialects/rows.h>

#include <array>

namespace vkm::graph::dialect_rows {
namespace {

using enum Part;
constexpr auto convolutional = PartNames::Form::convolution;

// A block without expansion counts its layers from the depthwise convolution.
constexpr std::array blocks{
    PartNames{expand, "blocks.{S}.{B}.conv_pw", "blocks.{S}.{B}.bn1"},
    PartNames{depthwise, "blocks.{S}.{B}.conv_dw", "blocks.{S}.{B}.{x?bn2|bn1}"},
    PartNames{squeeze, "blocks.{S}.{B}.se.conv_reduce"},
    PartNames{excite, "blocks.{S}.{B}.se.conv_expand"},
    PartNames{project, "blocks.{S}.{B}.{x?conv_pwl|conv_pw}", "blocks.{S}.{B}.{x?bn3|bn2}"},
};

// The blocks of V4: dense convolutions, and universal ones of up to four layers.
constexpr std::array universal_blocks{
    PartNames{convolution, "blocks.{S}.{B}.conv", "blocks.{S}.{B}.bn1"},
    PartNames{start, "blocks.{S}.{B}.dw_start.conv", "blocks.{S}.{B}.dw_start.bn"},
    PartNames{expand, "blocks.{S}.{B}.pw_exp.conv", "blocks.{S}.{B}.pw_exp.bn"},
    PartNames{depthwise, "blocks.{S}.{B}.dw_mid.conv", "blocks.{S}.{B}.dw_mid.bn"},
    PartNames{project, "blocks.{S}.{B}.pw_proj.conv", "blocks.{S}.{B}.pw_proj.bn"},
};

constexpr std::array v1_ends{
    PartNames{stem, "conv_stem", "bn1"},
    PartNames{classifier, "classifier"},
};

constexpr std::array v2_ends{
    PartNames{stem, "conv_stem", "bn1"},
    PartNames{last, "conv_head", "bn2"},
    PartNames{classifier, "classifier"},
};

constexpr std::array v3_ends{
    PartNames{stem, "conv_stem", "bn1"},
    PartNames{last, "blocks.{T}.0.conv", "blocks.{T}.0.bn1"},
    PartNames{hidden, "conv_head", "", convolutional},
    PartNames{classifier, "classifier"},
};

constexpr std::array v4_ends{
    PartNames{stem, "conv_stem", "bn1"},
    PartNames{last, "blocks.{T}.0.conv", "blocks.{T}.0.bn1"},
    PartNames{hidden, "conv_head", "norm_head", convolutional},
    PartNames{classifier, "classifier"},
};

constexpr std::array<std::string_view, 1> v1{"mobilenet_v1"};
constexpr std::array<std::string_view, 1> v2{"mobilenet_v2"};
constexpr std::array<std::string_view, 1> v4{"mobilenet_v4_conv_small"};
constexpr std::array<std::string_view, 8> v3{"mobilenet_v3_large",
                                             "mobilenet_v3_small",
                                             "mobilenet_v3_large_minimalistic",
                                             "mobilenet_v3_small_minimalistic",
                                             "timm_v3_large",
                                             "timm_v3_small",
                                             "timm_v3_large_minimalistic",
                                             "timm_v3_small_minimalistic"};

// timm's own training means batch norm as PyTorch's default has it, the full head, and bicubic evaluation.
void assume(ModelConfig& config) {
    config.interpolation = Interpolation::bicubic;
    config.head = Head::full;
    config.bn_eps = 1e-5;
    config.bn_momentum = 0.1;
}

constexpr std::array rows{
    Dialect{.name = "timm",
            .first = "conv_stem.weight",
            .models = v2,
            .blocks = blocks,
            .ends = v2_ends,
            .assume = assume},
    Dialect{.name = "timm",
            .first = "conv_stem.weight",
            .models = v3,
            .blocks = blocks,
            .ends = v3_ends,
            .assume = assume},
    Dialect{.name = "timm",
            .first = "conv_stem.weight",
            .models = v1,
            .blocks = blocks,
            .ends = v1_ends,
            .assume = assume},
    Dialect{.name = "timm",
            .first = "conv_stem.weight",
            .models = v4,
            .blocks = universal_blocks,
            .ends = v4_ends,
            .assume = assume},
};

}  // namespace

std::span<const Dialect> timm() {
    return rows;
}

}  // namespace vkm::graph::dialect_rows
