#pragma once

#include "train/support/tiny.h"

#include <graph/flat_buffers.h>
#include <graph/ops/loss_scale.h>
#include <gtest/gtest.h>
#include <support/variants.h>
#include <support/vulkan_devices.h>
#include <train/step_executor.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>

namespace vkm::test {

/// Says what a step is trained with.
struct TrainingOptions {
    graph::DType storage = graph::DType::f32;
    size_t replicas = 1;
    graph::ModelConfig model = tiny_model();
    uint32_t device = engine::test_device();
    int rows = 7;
    bool fuse = true;
    std::optional<graph::Fusion> fusion = {};  ///< else what the device's plan chooses
    graph::KernelOptions kernels = {};
    engine::PlanOptions plan = {};
    train::OptimizerChoice optimizer = {};
    float learning_rate = 0.1f;
};

/// Returns another network of the tiny model's sizes.
inline graph::ModelConfig tiny(const std::string& name) {
    graph::ModelConfig config = tiny_model();
    config.model = graph::model_config(name).model;
    return config;
}

/// Trains a network step by step, on one device opened `count` times.
class Training {
    std::vector<std::unique_ptr<graph::PlannedDevice>> devices_;  // outlive what uses them

  public:
    explicit Training(const TrainingOptions& options)
        : rows_(options.rows), learning_rate_(options.learning_rate) {
        std::vector<graph::PlannedDevice*> pointers;
        for (size_t i = 0; i < options.replicas; ++i) {
            devices_.push_back(graph::open_device(*engine::test_instance(), options.device,
                                                  {.plan = options.plan, .kernels = options.kernels}));
            pointers.push_back(devices_.back().get());
        }
        replicas.emplace(pointers);
        executor.emplace(*replicas, rows_, train::PixelType::floats, [&](train::StepShape shape) {
            shape.storage = options.storage;
            shape.fusion = options.fusion.value_or(shape.fusion);
            return train::training_step(
                options.model, {.batch_size = rows_, .optimizer = options.optimizer, .fuse = options.fuse},
                shape);
        });
        replicas->load(graph(), graph::initial_values(graph(), 1));
    }

    const graph::Graph& graph() const { return executor->step().graph; }

    struct Result {
        double loss;
        std::optional<train::LossScaling> scaling;
    };
    Result step() {
        const graph::Executor::Slot slot = executor->executor().begin();
        executor->feed(slot, tiny_batch(rows_), {.learning_rate = learning_rate_, .step = number_++});
        executor->executor().submit(slot);
        executor->executor().wait(slot);
        return {executor->metrics(slot).loss, executor->loss_scaling(slot)};
    }

    /// Sets the loss scale to 2^exponent, on one replica.
    void set_scale(int exponent, size_t replica) {
        const int32_t state[4] = {exponent - graph::ops::initial_loss_scale_exponent, 0, 0, 0};
        const graph::ValueId scale = graph::flat_buffers(graph(), graph::Role::loss_scale).front();
        replicas->write_flat(graph(), scale, replica, std::as_bytes(std::span(state)));
    }
    /// Returns all that is kept in a role.
    std::vector<std::byte> bytes(graph::Role role, size_t replica = 0) {
        std::vector<std::byte> all;
        for (const graph::ValueId id : graph::flat_buffers(graph(), role)) {
            const std::vector<std::byte> one = replicas->read_flat(graph(), id, replica);
            all.insert(all.end(), one.begin(), one.end());
        }
        return all;
    }
    bool all_finite(graph::Role role) {
        const std::vector<std::byte> raw = bytes(role);
        std::vector<float> values(raw.size() / sizeof(float));
        std::memcpy(values.data(), raw.data(), raw.size());
        return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
    }

    std::optional<train::ModelOnDevices> replicas;
    std::optional<train::StepExecutor> executor;

  private:
    const int rows_;
    const float learning_rate_;
    uint32_t number_ = 0;
};

/// Runs a test on a device that stands for all, or on every device where variants are wanted.
inline void on_one_device_of_all(const std::function<void(uint32_t index)>& test) {
    engine::on_every_device([&](uint32_t index) {
        if (index == engine::test_device() || variants_wanted()) test(index);
    });
}

/// Expects that the first five losses of small networks in mixed precision are those of fp32 within 2 %.
/// Batches of 32: batch norm over a few images would amplify any rounding, fp32's own to 1e-3 in five steps.
inline void expect_losses_of_fp32(uint32_t device, const graph::KernelOptions& kernels = {}) {
    for (const char* name : with_variants<const char*>({"mobilenet_v3_large"}, {"mobilenet_v3_small"})) {
        TrainingOptions options{.model = tiny(name), .device = device, .rows = 32};
        Training single(options);
        options.storage = graph::DType::f16;
        options.kernels = kernels;
        Training mixed(options);
        for (int step = 1; step <= 5; ++step) {
            const double want = single.step().loss;
            const Training::Result got = mixed.step();
            EXPECT_NEAR(got.loss, want, 2e-2 * want) << name << " step " << step;
            EXPECT_FALSE(got.scaling->skipped);
            EXPECT_EQ(got.scaling->scale, 65536);
        }
    }
}

}  // namespace vkm::test
