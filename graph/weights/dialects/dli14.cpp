#include <graph/weights/dialects/rows.h>

#include <array>

namespace vkm::graph::dialect_rows {
namespace {

using enum Part;
constexpr auto matrix = PartNames::Form::matrix;

// d-li14: "conv" is one flat list. An expanding block has squeeze-and-excite before the activation, and an
// empty layer where it has none; the other kind has it behind the activation.
constexpr std::array dli14_blocks{
    PartNames{expand, "features.{b+1}.conv.0", "features.{b+1}.conv.1"},
    PartNames{depthwise, "features.{b+1}.conv.{x}", "features.{b+1}.conv.{x+1}"},
    PartNames{squeeze, "features.{b+1}.conv.{x+o+2}.fc.0", "", matrix},
    PartNames{excite, "features.{b+1}.conv.{x+o+2}.fc.2", "", matrix},
    PartNames{project, "features.{b+1}.conv.{x+4}", "features.{b+1}.conv.{x+5}"},
};
constexpr std::array dli14_ends{
    PartNames{stem, "features.0.0", "features.0.1"},
    PartNames{last, "conv.0", "conv.1"},
    PartNames{hidden, "classifier.0"},
    PartNames{classifier, "classifier.3"},
};

// PengBoXiangShang and kuan-wang: every block expands.
constexpr std::array blocks{
    PartNames{expand, "features.{b+1}.conv.0", "features.{b+1}.conv.1"},
    PartNames{depthwise, "features.{b+1}.conv.3", "features.{b+1}.conv.4"},
    PartNames{squeeze, "features.{b+1}.conv.5.fc.0", "", matrix},
    PartNames{excite, "features.{b+1}.conv.5.fc.2", "", matrix},
    PartNames{project, "features.{b+1}.conv.7", "features.{b+1}.conv.8"},
};
constexpr PartNames first{stem, "features.0.0", "features.0.1"},
    behind_blocks{last, "features.{t+1}.0", "features.{t+1}.1"};

constexpr std::array kuanwang_ends{
    first,
    behind_blocks,
    PartNames{hidden, "features.{t+3}"},
    PartNames{classifier, "classifier.1"},
};
constexpr std::array pengbo_large_ends{
    first,
    behind_blocks,
    PartNames{hidden, "features.{t+4}"},
    PartNames{classifier, "features.{t+6}"},
};
constexpr std::array pengbo_large_dropout_ends{
    first,
    behind_blocks,
    PartNames{hidden, "features.{t+4}"},
    PartNames{classifier, "features.{t+7}"},
};
constexpr PartNames squeeze_behind{last_squeeze, "features.{t+2}.fc.0", "", matrix},
    excite_behind{last_excite, "features.{t+2}.fc.2", "", matrix};
constexpr std::array pengbo_small_ends{
    first,
    behind_blocks,
    squeeze_behind,
    excite_behind,
    PartNames{hidden, "features.{t+5}.0", "features.{t+5}.1"},
    PartNames{classifier, "features.{t+6}.0", "features.{t+6}.1"},
};
constexpr std::array pengbo_small_dropout_ends{
    first,
    behind_blocks,
    squeeze_behind,
    excite_behind,
    PartNames{hidden, "features.{t+5}.0", "features.{t+5}.1"},
    PartNames{classifier, "features.{t+7}.0", "features.{t+7}.1"},
};

constexpr std::array<std::string_view, 2> dli14_models{"dli14_v3_large", "dli14_v3_small"},
    kuanwang_models{"kuanwang_v3_large", "kuanwang_v3_small"};
constexpr std::array<std::string_view, 1> pengbo_large{"pengbo_v3_large"}, pengbo_small{"pengbo_v3_small"};

constexpr std::string_view beginning = "features.0.0.weight";

void assume_dropout(ModelConfig& config) {
    config.dropout = 0.8;
}

constexpr std::array rows{
    Dialect{.name = "d-li14",
            .first = beginning,
            .models = dli14_models,
            .blocks = dli14_blocks,
            .ends = dli14_ends},
    Dialect{.name = "PengBoXiangShang",
            .first = beginning,
            .models = pengbo_large,
            .blocks = blocks,
            .ends = pengbo_large_ends},
    Dialect{.name = "PengBoXiangShang",
            .first = beginning,
            .models = pengbo_large,
            .blocks = blocks,
            .ends = pengbo_large_dropout_ends,
            .assume = assume_dropout},
    Dialect{.name = "PengBoXiangShang",
            .first = beginning,
            .models = pengbo_small,
            .blocks = blocks,
            .ends = pengbo_small_ends},
    Dialect{.name = "PengBoXiangShang",
            .first = beginning,
            .models = pengbo_small,
            .blocks = blocks,
            .ends = pengbo_small_dropout_ends,
            .assume = assume_dropout},
    Dialect{.name = "kuan-wang",
            .first = beginning,
            .models = kuanwang_models,
            .blocks = blocks,
            .ends = kuanwang_ends},
};

}  // namespace

std::span<const Dialect> dli14() {
    return rows;
}

}  // namespace vkm::graph::dialect_rows
