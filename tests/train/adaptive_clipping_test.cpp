#include "train/support/tiny_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

class AdaptiveClippingTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
    const test::TemporaryFolder folder_;
};

// Returns the tiny network with another output layer.
graph::ModelConfig with_output(const graph::Layer& output) {
    graph::ModelConfig config = test::tiny_model();
    graph::ModelTable table{.name = "other", .architecture = config.model.architecture()};
    table.architecture.output = output;
    config.model = graph::Model(table);
    return config;
}

// Returns the parameters that move where clipping lets nothing through that it is for.
std::vector<std::string> unclipped(const std::filesystem::path& folder, const graph::ModelConfig& model) {
    TrainerOptions options = test::tiny_training(folder / "clipped");
    options.model = model;
    options.recipe.optimizer.hyperparameters = {{"momentum", 0}};
    options.recipe.clipping.adaptive = 1e-9;
    options.learning_rate.base = 1;
    options.max_steps = 1;
    TrainerOptions before = options;
    before.out = folder / "before";
    before.learning_rate.base = 0;
    test::TinyRun{}.go(before);
    test::TinyRun{}.go(options);
    const auto start = test::weights_of_run(before.out), end = test::weights_of_run(options.out);
    std::vector<std::string> names;
    for (const auto& [name, values] : end) {
        if (name.find("running_") != std::string::npos) continue;
        const std::vector<float>& from = start.at(name);
        const bool moved =
            !std::ranges::equal(values, from, [](float a, float b) { return std::abs(a - b) < 1e-6f; });
        if (moved) names.push_back(name);
    }
    return names;
}

TEST_F(AdaptiveClippingTest, LeavesTheLastLayerAloneAndNothingElse) {
    EXPECT_EQ(unclipped(folder_ / "bias", test::tiny_model()),
              (std::vector<std::string>{"classifier.3.bias", "classifier.3.weight"}));
    EXPECT_EQ(unclipped(folder_ / "none", with_output({.bias = false})),
              (std::vector<std::string>{"classifier.3.weight"}));
    EXPECT_EQ(unclipped(folder_ / "norm", with_output({.bias = false, .batch_norm = true})),
              (std::vector<std::string>{"classifier.3.weight", "classifier.4.bias", "classifier.4.weight"}));
}

}  // namespace
}  // namespace vkm::train
