#include <graph/measure/kernel_check.h>
#include <graph/ops/scale_images.h>
#include <train/augment/input_cases.h>

#include "train/augment/sources.h"

#include <gtest/gtest.h>
#include <support/variants.h>

#include <set>

namespace vkm::train {
namespace {

using graph::ops::ColourKind;
using graph::ops::ColourProgram;

const std::list<InputCase>& cases() {
    static const std::list<InputCase> all = input_cases(test::model_of(32), 24, graph::DType::f32);
    return all;
}

template <typename Attributes>
std::vector<Attributes> attributes_of(const InputCase& input) {
    std::vector<Attributes> all;
    for (const graph::Node& node : input.graph.nodes())
        if (const auto* attributes = graph::as<Attributes>(node)) all.push_back(*attributes);
    return all;
}

TEST(InputCasesTest, HaveNamesOfTheirOwn) {
    std::set<std::string> names;
    for (const InputCase& input : cases())
        EXPECT_TRUE(names.insert(input.name).second) << input.name;
}

TEST(InputCasesTest, HaveBothWaysToScaleAndEveryWayToErase) {
    std::set<graph::ops::Erase> erased;
    std::set<bool> scaled;
    for (const InputCase& input : cases()) {
        for (const auto& scale : attributes_of<graph::ops::ScaleImages>(input))
            scaled.insert(scale.most_rows > 0);
        for (const auto& normalise : attributes_of<graph::ops::Normalise>(input))
            erased.insert(normalise.erase);
    }
    EXPECT_EQ(scaled.size(), 2u);
    EXPECT_EQ(erased.size(), 4u);
}

// A kernel would pass whatever it does in what no program asks for. No policy moves pixels to their nearest.
TEST(InputCasesTest, DrawEveryOperationThatPoliciesHave) {
    std::set<ColourKind> drawn;
    for (const InputCase& input : cases()) {
        const ColourProgram program = attributes_of<graph::ops::Normalise>(input).at(0).program;
        if (program.passes == 0) continue;
        const graph::HostTensor& words = input.inputs.at(input.graph.find("programs"));
        for (int64_t n = 0; n < words.shape.n; ++n)
            for (int64_t i = 0; i < program.operations; ++i)
                drawn.insert(static_cast<ColourKind>(static_cast<int64_t>(
                    words.at(n, 0, 0, program.operations_at() + i * ColourProgram::operation_words))));
    }
    drawn.erase(ColourKind::none);
    EXPECT_EQ(drawn,
              (std::set{ColourKind::table, ColourKind::statistics, ColourKind::saturation, ColourKind::hue,
                        ColourKind::sharpness, ColourKind::bilinear, ColourKind::bicubic}));
}

TEST(InputCasesTest, AreComputedAsTheirReferences) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    const std::set<std::string> enough{"scaled", "policy rand", "erased to noise"};
    const auto check = [&](const InputCase& input) {
        if (!test::variants_wanted() && !enough.contains(input.name)) return;
        const graph::KernelCheck result =
            graph::check_graph(*device, input.graph, input.inputs, input.images);
        EXPECT_TRUE(result.ok) << result.variant << ", " << input.name << ": " << result.message;
        EXPECT_EQ(result.kernel, "normalise");
    };
    std::ranges::for_each(cases(), check);
    std::ranges::for_each(input_cases(test::model_of(32), 24, graph::DType::f16), check);
}

}  // namespace
}  // namespace vkm::train
