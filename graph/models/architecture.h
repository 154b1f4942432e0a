#pragma once

#include <graph/kernels/spatial.h>
#include <graph/ops/activation.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace vkm::graph {

/// Here is a network as data: what is not said by a row of these tables, no network has. Builders, names,
/// files and weights follow it; nothing asks which model it is.

/// Says how a width times channels becomes a whole number of them.
enum class Rounding : uint8_t {
    nearest_8,  ///< the nearest multiple of 8, but not more than 10 % below: the papers' own code, torchvision
    up_to_8,    ///< the next multiple of 8
    truncate    ///< the whole part: any number
};

/// Says how a layer's channels follow the width.
enum class Scaling : uint8_t {
    width,  ///< times the width
    twice,  ///< times the width, rounded, and once again
    head,   ///< as the option `head` says: times the width, or only times a width above 1
    fixed   ///< not at all
};

/// Says where squeeze-and-excite sits behind a depthwise convolution's batch norm.
enum class SeOrder : uint8_t {
    after,  ///< it scales the activated tensor: torchvision
    before  ///< it scales batch norm's output, and the activation follows
};

/// Describes squeeze-and-excite: mean over pixels, a layer, ReLU, a layer, hard sigmoid; the result scales.
struct SqueezeExcite {
    double ratio = 0.25;  ///< hidden channels: this share of the channels, its whole part, then rounded
    int64_t hidden = 0;   ///< or as many, whatever the width; 0: the share
    Rounding rounding = Rounding::nearest_8;
    bool bias = true;
    std::optional<SeOrder> order = {};  ///< of a block; none: as the option `se-order` says
    /// false: its weights are in the authors' files, and their program never uses them (unused_weights).
    bool used = true;

    bool operator==(const SqueezeExcite&) const = default;
};

/// Says what is added to a block's result.
enum class Skip : uint8_t {
    identity,     ///< its input, where stride and channels allow it
    convolution,  ///< its input through a 1x1 convolution of the block's stride, without batch norm or bias
    none
};

enum class BlockKind : uint8_t {
    bottleneck,  ///< depthwise convolution where `start` is set, expansion 1x1, depthwise, projection 1x1
    convolution  ///< one dense convolution with batch norm and activation
};

/// Describes a block. A bottleneck is an inverted residual (Sandler et al. 2018), MobileNetV1's depthwise
/// separable convolution, or MobileNetV4's universal inverted bottleneck. Every convolution is followed by
/// batch norm.
struct Block {
    BlockKind kind = BlockKind::bottleneck;
    int64_t start = 0;   ///< kernel of a depthwise convolution in front, without activation; 0: there is none
    int64_t kernel = 3;  ///< of the depthwise (or the one dense) convolution; 0: no depthwise one
    int64_t expanded = 0;  ///< channels behind the expansion
    double expansion = 0;  ///< or as many times the input's, rounded; both 0: as the input's
    int64_t out = 0;
    bool fixed = false;  ///< neither `expanded` nor `out` follows the width
    Activation activation = Activation::relu;
    std::optional<Activation> depthwise_activation = {};  ///< behind the depthwise one; none: `activation`
    std::optional<SqueezeExcite> squeeze_excite = {};
    Activation project_activation = Activation::none;
    int64_t stride = 1;  ///< of the last depthwise convolution there is
    Skip skip = Skip::identity;

    Activation behind_depthwise() const { return depthwise_activation.value_or(activation); }
    bool operator==(const Block&) const = default;
};

/// Describes the first convolution.
struct Stem {
    int64_t kernel = 3;
    int64_t out = 0;
    bool fixed = false;      ///< its channels do not follow the width
    double fixed_below = 0;  ///< nor do they follow one below this
    Activation activation = Activation::hard_swish;
    std::optional<Padding> padding = {};  ///< none: as the option `padding` says

    bool operator==(const Stem&) const = default;
};

/// Describes the 1x1 convolution behind the last block.
struct LastConvolution {
    int64_t out = 0;
    double expansion = 0;  ///< or `out` is as many times the input's channels
    Scaling scaling = Scaling::width;
    Activation activation = Activation::hard_swish;
    bool norm_behind_activation = false;  ///< convolution, activation, batch norm
    std::optional<SqueezeExcite> squeeze_excite = {};

    bool operator==(const LastConvolution&) const = default;
};

/// Describes a fully connected layer behind the pool.
struct Layer {
    int64_t out = 0;  ///< of the last one the number of classes, which no table says
    Scaling scaling = Scaling::head;
    bool bias = true;
    bool batch_norm = false;
    Activation activation = Activation::none;
    bool convolution = false;  ///< its weights are those of a 1x1 convolution, [N, K, 1, 1] and not [N, K]
    double bn_eps = 0;         ///< of its batch norm; 0: as the option `bn-eps` says

    bool operator==(const Layer&) const = default;
};

/// Names the two ways in which torchvision names a block's layers.
enum class BlockNames : uint8_t {
    block,  ///< V3: "block", and every convolution is wrapped with its batch norm
    conv    ///< V2: "conv", and the projection's convolution and batch norm stand beside each other
};

struct Architecture {
    Rounding rounding = Rounding::nearest_8;
    bool expand_always = false;  ///< also where the expansion has as many channels as the input
    bool scale_expanded = true;  ///< `expanded` follows the width
    BlockNames names = BlockNames::block;
    Stem stem = {};
    std::vector<Block> blocks;
    std::optional<LastConvolution> last = {};
    Activation pooled = Activation::none;  ///< behind the pool
    std::optional<Layer> hidden = {};
    Layer output = {};

    bool operator==(const Architecture&) const = default;
};

struct ModelConfig;

/// Returns a configuration's network with the channels it really has, and with what its options say of it
/// (strides, order of squeeze-and-excite, padding). Throws ConfigError naming the layer that a width leaves
/// without channels.
Architecture architecture(const ModelConfig&);

/// Returns the multiple of 8 nearest to `channels`, but not more than 10 % below it.
int64_t make_divisible(double channels);

/// Returns the same by any rule.
int64_t rounded(Rounding, double channels);

/// Returns whether the block has an expansion, of channels that are known.
bool expands(const Architecture&, const Block&, int64_t in_channels);

}  // namespace vkm::graph
