#include "train/support/tiny_run.h"

#include <gmock/gmock.h>
#include <graph/flat_buffers.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/tables.h>

namespace vkm::train {
namespace {

class FrozenLayersTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
    TrainerOptions options(const std::string& words) {
        TrainerOptions options = test::tiny_training(folder.path() / std::to_string(runs++));
        options.recipe.frozen = graph::parse_frozen(words, options.model);
        options.recipe.epochs = 2;
        return options;
    }
    const test::TemporaryFolder folder;
    int runs = 0;
};

/// Expects that training changes what is trained and nothing else.
void expect_frozen(const TrainerOptions& options, size_t replicas = 1) {
    TrainerOptions before = options;
    before.out += "-before";
    before.max_steps = 1;
    before.learning_rate.base = 0;
    before.recipe.frozen.statistics = true;  // and nothing at all moves
    test::TinyRun{}.go(before, replicas);
    test::TinyRun{}.go(options, replicas);
    const auto start = test::weights_of_run(before.out), end = test::weights_of_run(options.out);
    const graph::Frozen& frozen = options.recipe.frozen;
    size_t moving = 0;
    for (const auto& [name, values] : end) {
        const std::string module = name.substr(0, name.rfind('.'));
        const bool normalises = end.contains(module + ".running_mean");
        const bool running = name.find("running_") != std::string::npos;
        const bool stays = running ? frozen.keeps_statistics(module)
                                   : frozen.has(name) || (normalises && frozen.has_batch_norm(module));
        const bool moved = values != start.at(name);
        EXPECT_FALSE(moved && stays) << name;
        // An activation that no image reaches has no gradient; a new batch norm's running mean always moves.
        EXPECT_TRUE(moved || stays || !running) << name;
        moving += moved;
    }
    EXPECT_GT(moving, 0u);
}

TEST_F(FrozenLayersTest, WhatIsFrozenStaysAndTheRestMoves) {
    for (const char* words : {"stages:2,bn", "classifier,features.3,bn-stats"}) {
        SCOPED_TRACE(words);
        expect_frozen(options(words));
    }
}

TEST_F(FrozenLayersTest, InMixedPrecisionAndOnSeveralDevicesToo) {
    TrainerOptions mixed = options("stages:2");
    mixed.storage = graph::DType::f16;
    expect_frozen(mixed, 2);
}

TEST_F(FrozenLayersTest, ARunGoesOnBitForBit) {
    TrainerOptions run = options("stages:2,bn");
    run.storage = graph::DType::f16;
    run.recipe.optimizer = {.name = "rmsprop_tf", .hyperparameters = {{"momentum", 0.9}}};
    run.learning_rate.base = 1e-3;
    test::expect_resumes(run, 1, 2);
}

TEST_F(FrozenLayersTest, AResumedRunHasTheSameFrozenLayers) {
    TrainerOptions run = options("backbone");
    run.max_steps = 1;
    test::TinyRun{}.go(run);
    run.resume = true;
    run.recipe.frozen = {};
    EXPECT_THAT(test::message_of<CheckpointError>([&] { test::TinyRun{}.go(run); }),
                testing::HasSubstr("was written with frozen layers features and this run has none"));
}

/// The bar is the memory of inference and the head's.
TEST_F(FrozenLayersTest, AFrozenBackboneTakesTheMemoryOfInference) {
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    const graph::ModelConfig model = test::tiny_model();
    const StepShape shape{.local_batch = 32, .global_batch = 32, .fusion = device->plan().fusion};
    Recipe recipe;
    recipe.frozen = graph::parse_frozen("backbone", model);
    const StepGraph head = training_step(model, recipe, shape), whole = training_step(model, {}, shape);
    const EvaluationStep inference = evaluation_step(model, shape);
    const auto need = [&](const graph::Graph& graph) { return graph::memory_need(graph, device->plan()); };
    EXPECT_LT(need(head.graph).arena_bytes,
              1.1 * static_cast<double>(need(inference.step.graph).arena_bytes));
    EXPECT_LT(3 * need(head.graph).arena_bytes, need(whole.graph).arena_bytes);
    const auto bytes = [&](graph::Role role) {
        return head.graph.type(graph::flat_buffer(head.graph, role)).bytes();
    };
    EXPECT_EQ(head.graph.type(head.graph.find("optimizer.momentum")).bytes(), bytes(graph::Role::parameter));
    EXPECT_LT(bytes(graph::Role::parameter), bytes(graph::Role::frozen));
    const int64_t tables = test::table_bytes(graph::lower(head.graph, device->plan()));
    EXPECT_LT(tables, 1000);
    EXPECT_EQ(need(head.graph).persistent_bytes,
              3 * bytes(graph::Role::parameter) + bytes(graph::Role::frozen) + bytes(graph::Role::derived) +
                  bytes(graph::Role::state) + tables);
}

}  // namespace
}  // namespace vkm::train
