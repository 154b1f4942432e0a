#include "train/support/training.h"

#include <graph/weight_layout.h>

#include <gtest/gtest.h>

#include <cstring>

namespace vkm::train {
namespace {

using graph::DType;
using graph::Role;
using test::Training;

// Returns a network whose channels fill no quad: two blocks of akrapukhin's.
graph::ModelConfig odd_model() {
    graph::ModelTable table{.name = "odd",
                            .architecture = graph::find_model("akrapukhin_v3_small")->architecture()};
    table.architecture.blocks.resize(2);
    graph::ModelConfig config = test::tiny_model();
    config.model = graph::Model(table);
    config.width = 0.3;
    return config;
}

// Calls visit(value, info, whether it is padding) for every element that a value is stored in.
template <typename Visit>
void for_each_stored(const graph::Graph& graph, Role role, std::span<const std::byte> flat, Visit visit) {
    for (const graph::ValueId id : graph.with_role(role)) {
        const graph::Value& value = graph.value(id);
        if (value.view_of == graph::no_value || !value.info) continue;
        const graph::Shape& shape = value.type.shape;
        const bool matrix = value.info->layout == graph::WeightLayout::matrix;
        const int64_t stored = 4 * shape.quads(),
                      inputs = matrix ? value.info->torch_shape.at(1) : shape.rows();
        for (int64_t row = 0; row < shape.rows(); ++row)
            for (int64_t c = 0; c < stored; ++c) {
                float v = 0;
                std::memcpy(&v, flat.data() + value.view_offset + 4 * (row * stored + c), sizeof v);
                visit(v, *value.info, c >= shape.c || row >= inputs);
            }
    }
}

// Expects that what fills rows and quads up is exactly zero after some steps, and the rest is not.
void expect_zero_padding(Training& training, Role role) {
    int64_t padding = 0, nonzero = 0, weights = 0;
    for_each_stored(training.graph(), role, training.bytes(role),
                    [&](float v, const graph::ParameterInfo& info, bool is_padding) {
                        if (is_padding && v != 0) ADD_FAILURE() << info.name << " is padded with " << v;
                        padding += is_padding;
                        weights += !is_padding;
                        nonzero += !is_padding && v != 0;
                    });
    EXPECT_GT(padding, 0);
    EXPECT_GT(nonzero, weights / 2);
}

TEST(OddChannelsTest, WhatFillsAQuadUpStaysZeroInTraining) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    for (const auto& [storage, optimizer] : {std::pair{DType::f32, "sgd"}, {DType::f16, "adamw"}}) {
        Training training({.storage = storage,
                           .model = odd_model(),
                           .optimizer = {.name = optimizer, .hyperparameters = {{"weight-decay", 0.1}}},
                           .learning_rate = 0.01f});
        for (int step = 0; step < 3; ++step)
            training.step();
        EXPECT_TRUE(training.all_finite(Role::parameter));
        expect_zero_padding(training, Role::parameter);
        expect_zero_padding(training, Role::state);
    }
}

}  // namespace
}  // namespace vkm::train
