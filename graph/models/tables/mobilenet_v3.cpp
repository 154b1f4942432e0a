#include <graph/models/model.h>

#include <functional>

namespace vkm::graph::tables {
namespace {

using Rows = std::vector<Block>;

constexpr bool SE = true, no_se = false;
constexpr Activation RE = Activation::relu, HS = Activation::hard_swish;

Block row(int64_t kernel, int64_t expanded, int64_t out, bool squeeze_excite, Activation activation,
          int64_t stride) {
    Block block{
        .kernel = kernel, .expanded = expanded, .out = out, .activation = activation, .stride = stride};
    if (squeeze_excite) block.squeeze_excite = SqueezeExcite{};
    return block;
}

// Tables 1 and 2 of "Searching for MobileNetV3" (Howard et al. 2019): kernel, expanded, out,
// squeeze-and-excite, nonlinearity, stride.
Rows large() {
    return {row(3, 16, 16, no_se, RE, 1),  row(3, 64, 24, no_se, RE, 2),  row(3, 72, 24, no_se, RE, 1),
            row(5, 72, 40, SE, RE, 2),     row(5, 120, 40, SE, RE, 1),    row(5, 120, 40, SE, RE, 1),
            row(3, 240, 80, no_se, HS, 2), row(3, 200, 80, no_se, HS, 1), row(3, 184, 80, no_se, HS, 1),
            row(3, 184, 80, no_se, HS, 1), row(3, 480, 112, SE, HS, 1),   row(3, 672, 112, SE, HS, 1),
            row(5, 672, 160, SE, HS, 2),   row(5, 960, 160, SE, HS, 1),   row(5, 960, 160, SE, HS, 1)};
}

Rows small() {
    return {row(3, 16, 16, SE, RE, 2),  row(3, 72, 24, no_se, RE, 2), row(3, 88, 24, no_se, RE, 1),
            row(5, 96, 40, SE, HS, 2),  row(5, 240, 40, SE, HS, 1),   row(5, 240, 40, SE, HS, 1),
            row(5, 120, 48, SE, HS, 1), row(5, 144, 48, SE, HS, 1),   row(5, 288, 96, SE, HS, 2),
            row(5, 576, 96, SE, HS, 1), row(5, 576, 96, SE, HS, 1)};
}

// Returns the rows, each changed.
Rows changed(Rows rows, const std::function<void(Block&)>& change) {
    for (Block& block : rows)
        change(block);
    return rows;
}

// Returns the rows with another squeeze-and-excite where they have one.
Rows with(Rows rows, const SqueezeExcite& se) {
    return changed(std::move(rows), [&](Block& block) {
        if (block.squeeze_excite) block.squeeze_excite = se;
    });
}

// torchvision's.
Architecture network(Rows rows, int64_t hidden) {
    Architecture net;
    net.stem.out = 16;
    net.blocks = std::move(rows);
    net.last = LastConvolution{.expansion = 6};
    net.hidden = Layer{.out = hidden, .activation = Activation::hard_swish};
    return net;
}

// TensorFlow's: no squeeze-and-excite, ReLU for h-swish, 3x3 for 5x5.
Architecture minimalistic(Architecture net) {
    net.stem.activation = net.last->activation = net.hidden->activation = Activation::relu;
    net.blocks = changed(std::move(net.blocks), [](Block& block) {
        block.kernel = 3;
        block.squeeze_excite.reset();
        block.activation = Activation::relu;
    });
    return net;
}

// Squeeze-and-excite of several programs: a whole quarter, without bias, before the activation.
constexpr SqueezeExcite bare{.rounding = Rounding::truncate, .bias = false, .order = SeOrder::before};

// PengBoXiangShang's and kuan-wang's blocks.
Architecture ceiled(Rows rows, int64_t last) {
    Architecture net = network(with(std::move(rows), bare), 1280);
    net.rounding = Rounding::up_to_8;
    net.expand_always = true;
    net.stem.fixed = true;
    net.last = LastConvolution{.out = last};
    net.hidden->convolution = true;
    return net;
}

// The paper's first table as it first stood: one row more at 112 channels, one less at 160.
Rows first_large() {
    Rows rows = large();
    rows.insert(rows.begin() + 12, row(5, 672, 112, SE, HS, 1));
    rows.pop_back();
    return rows;
}

Architecture pengbo_large() {
    Architecture net = ceiled(first_large(), 960);
    net.pooled = Activation::hard_swish;
    net.output.convolution = true;
    return net;
}

Architecture pengbo_small() {
    Architecture net = ceiled(small(), 576);
    net.last->squeeze_excite = SqueezeExcite{.rounding = Rounding::truncate, .bias = false};
    net.pooled = Activation::hard_swish;
    net.hidden->bias = false;
    net.hidden->batch_norm = true;
    net.output = {
        .bias = false, .batch_norm = true, .activation = Activation::hard_swish, .convolution = true};
    return net;
}

Architecture jungin500_small() {
    Architecture net = network(
        changed(small(),
                [](Block& block) {
                    block.depthwise_activation = block.squeeze_excite ? Activation::none : Activation::square;
                    if (block.squeeze_excite)
                        block.squeeze_excite = SqueezeExcite{.ratio = 1, .rounding = Rounding::truncate};
                    block.skip = Skip::convolution;
                }),
        1024);
    net.rounding = Rounding::truncate;
    net.expand_always = true;
    net.scale_expanded = false;
    net.last = LastConvolution{.out = 576, .norm_behind_activation = true};
    net.hidden->activation = Activation::none;
    return net;
}

// In ShowLo's program the last convolution's channels meet the width twice.
Architecture showlo(Rows rows, int64_t hidden) {
    const int64_t last = rows.back().expanded;
    Architecture net = network(with(std::move(rows), bare), hidden);
    net.last = LastConvolution{.out = last, .scaling = Scaling::twice};
    net.hidden->bias = false;
    net.hidden->convolution = true;
    return net;
}

// How many times a block's input is expanded.
const std::vector<double> large_expansions{1, 4, 3, 3, 3, 3, 6, 2.5, 2.3, 2.3, 6, 6, 6, 6, 6};
const std::vector<double> small_expansions{1, 4.5, 3.67, 4, 6, 6, 3, 3, 6, 6, 6};

// d-li14's rows say how many times the input is expanded. Its blocks put squeeze-and-excite before the
// activation where they expand, and behind it where they do not.
Architecture dli14(Rows rows, const std::vector<double>& expansions, int64_t hidden) {
    for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].expanded = 0;
        rows[i].expansion = expansions[i] == 1 ? 0 : expansions[i];
        if (rows[i].squeeze_excite)
            rows[i].squeeze_excite->order = expansions[i] == 1 ? SeOrder::after : SeOrder::before;
    }
    return network(std::move(rows), hidden);
}

// timm's rows say how many times the input is expanded, too. Its stem stays as it is at small widths, and so
// does the hidden layer at any.
Architecture timm(Rows rows, const std::vector<double>& expansions, int64_t hidden) {
    const int64_t last = rows.back().expanded;
    for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].expanded = 0;
        rows[i].expansion = expansions[i] == 1 ? 0 : expansions[i];
    }
    Architecture net = network(std::move(rows), hidden);
    net.stem.fixed_below = 0.75;
    net.last = LastConvolution{.out = last};
    net.hidden->scaling = Scaling::fixed;
    net.hidden->convolution = true;
    return net;
}

Architecture mindcv(Rows rows, int64_t hidden) {
    Architecture net = network(std::move(rows), hidden);
    net.stem.padding = Padding::symmetric;
    return net;
}

// akrapukhin's, for images of 32 px: the first two strided blocks are dense, and every block has
// squeeze-and-excite's layers, used or not.
Architecture akrapukhin(Rows rows, int64_t last, int64_t hidden) {
    int dense = 2;
    Architecture net = network(changed(std::move(rows),
                                       [&](Block& block) {
                                           block.squeeze_excite =
                                               SqueezeExcite{.rounding = Rounding::truncate,
                                                             .order = SeOrder::after,
                                                             .used = block.squeeze_excite.has_value()};
                                           if (block.stride > 1 && dense-- > 0) block.stride = 1;
                                       }),
                               hidden);
    net.rounding = Rounding::truncate;
    net.expand_always = true;
    net.last = LastConvolution{.out = last};
    net.hidden->scaling = Scaling::fixed;
    net.hidden->convolution = true;
    net.output.convolution = true;
    return net;
}

ModelOptions with_head(std::string head, std::string dropout = "0.2") {
    return {{"bn-eps", "1e-05"},
            {"bn-momentum", "0.1"},
            {"head", std::move(head)},
            {"dropout", std::move(dropout)}};
}

}  // namespace

std::vector<ModelTable> mobilenet_v3() {
    ModelOptions same = with_head("scaled");
    same["padding"] = "same";
    ModelOptions squashing = with_head("scaled");
    squashing["eval-resize"] = "squash";
    ModelOptions cifar = with_head("scaled", "0");
    cifar.insert({{"stem-stride", "1"},
                  {"input-size", "32"},
                  {"num-classes", "100"},
                  {"eval-resize", "squash"},
                  {"crop-pct", "1"},
                  {"mean", "0.5071,0.4865,0.4409"},  // CIFAR-100's
                  {"std", "0.2673,0.2564,0.2762"}});
    const auto table = [](const char* name, const char* about, const ModelOptions& options, Architecture net,
                          const char* timm_name = "", const char* mindcv_name = "") {
        return ModelTable{.name = name,
                          .timm_name = timm_name,
                          .mindcv_name = mindcv_name,
                          .about = about,
                          .options = options,
                          .architecture = std::move(net)};
    };
    const char *torchvision = "Howard et al. 2019, as torchvision has it",
               *minimal = "TensorFlow's: no squeeze-and-excite, ReLU for h-swish, 3x3 for 5x5",
               *timms = "V3 as timm has it, of another rounding at widths other than 1",
               *pengbo = "PengBoXiangShang/MobileNetV3_PyTorch", *kuanwang = "kuan-wang/pytorch-mobilenet-v3",
               *showlos = "ShowLo/MobileNetV3", *dli14s = "d-li14/mobilenetv3.pytorch",
               *mindcvs = "MindCV's V3", *akrapukhins = "akrapukhin/MobileNetV3, for images of 32 px";
    return {
        table("mobilenet_v3_large", torchvision, {}, network(large(), 1280), "mobilenetv3_large"),
        table("mobilenet_v3_small", torchvision, {}, network(small(), 1024), "mobilenetv3_small"),
        table("mobilenet_v3_large_minimalistic", minimal, {}, minimalistic(network(large(), 1280)),
              "mobilenetv3_large_minimal"),
        table("mobilenet_v3_small_minimalistic", minimal, {}, minimalistic(network(small(), 1024)),
              "mobilenetv3_small_minimal"),
        table("timm_v3_large", timms, with_head("full"), timm(large(), large_expansions, 1280)),
        table("timm_v3_small", timms, with_head("full"), timm(small(), small_expansions, 1024)),
        table("timm_v3_large_minimalistic", timms, with_head("full"),
              minimalistic(timm(large(), large_expansions, 1280))),
        table("timm_v3_small_minimalistic", timms, with_head("full"),
              minimalistic(timm(small(), small_expansions, 1024))),
        table("pengbo_v3_large", pengbo, with_head("full", "0"), pengbo_large()),
        table("pengbo_v3_small", pengbo, with_head("full", "0"), pengbo_small()),
        table("kuanwang_v3_large", kuanwang, with_head("full", "0.8"), ceiled(large(), 960)),
        table("kuanwang_v3_small", kuanwang, with_head("full", "0.8"), ceiled(small(), 576)),
        table("jungin500_v3_small", "jungin500/mobilenet-v3", squashing, jungin500_small()),
        table("showlo_v3_large", showlos, with_head("full"), showlo(large(), 1280)),
        table("showlo_v3_small", showlos, with_head("full"), showlo(small(), 1024)),
        table("dli14_v3_large", dli14s, with_head("full"), dli14(large(), large_expansions, 1280)),
        table("dli14_v3_small", dli14s, with_head("full"), dli14(small(), small_expansions, 1024)),
        table("mindcv_v3_large", mindcvs, same, mindcv(large(), 1280), "", "mobilenet_v3_large"),
        table("mindcv_v3_small", mindcvs, same, mindcv(small(), 1024), "", "mobilenet_v3_small"),
        table("akrapukhin_v3_large", akrapukhins, cifar, akrapukhin(large(), 960, 1280)),
        table("akrapukhin_v3_small", akrapukhins, cifar, akrapukhin(small(), 576, 1024)),
    };
}

}  // namespace vkm::graph::tables
