#pragma once

#include "train/support/tiny.h"

#include <graph/run/planned_device.h>
#include <graph/weights/safetensors.h>
#include <gtest/gtest.h>
#include <support/device_pool.h>
#include <support/temporary_folder.h>
#include <train/checkpoint.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <optional>

namespace vkm::test {

/// Trains the tiny network as a user would, and keeps what a user would look at.
struct TinyRun final : train::TrainingObserver {
    std::vector<Step> steps;
    train::TrainingResult result;
    std::optional<graph::DeviceOptions> devices = {};  ///< none: usual ones, which other tests have had
    bool validates = false;
    std::atomic<bool> stop = false;
    std::vector<train::SharesFrom> shares;
    std::vector<std::string> messages;

    void on_shares(const train::SharesFrom& from, const std::vector<double>&) override {
        shares.push_back(from);
    }
    void on_message(const std::string& message) override { messages.push_back(message); }
    void on_step(const Step& step) override { steps.push_back(step); }

    /// Trains on one device opened `replicas` times, as one process of a job.
    void go(const train::TrainerOptions& options, size_t replicas = 1,
            graph::World& world = graph::one_process()) {
        std::vector<std::unique_ptr<graph::PlannedDevice>> opened;
        std::vector<LentDevice> lent;
        std::vector<graph::PlannedDevice*> pointers;
        for (size_t i = 0; i < replicas; ++i) {
            if (devices)
                opened.push_back(
                    graph::open_device(*engine::test_instance(), engine::test_device(), *devices));
            else
                lent.emplace_back();
            pointers.push_back(devices ? opened.back().get() : lent.back().get());
        }
        train::ModelOnDevices model(pointers, world);
        const auto images = std::make_shared<TinyImages>();
        result = train::train(options, model, images, validates ? images : nullptr, *this, stop);
    }
};

inline std::string file_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns the bytes of all that a run keeps: weights and checkpoint.
inline std::string kept_by(const std::filesystem::path& run) {
    return file_bytes(run / "weights.safetensors") + file_bytes(run / "checkpoint" / "state.safetensors");
}

/// Returns the weights of a run by name, as floats.
inline std::map<std::string, std::vector<float>> weights_of_run(const std::filesystem::path& run) {
    std::map<std::string, std::vector<float>> weights;
    for (const graph::NamedTensor& tensor : graph::read_safetensors(run / "weights.safetensors").tensors)
        if (tensor.dtype == graph::WeightType::f32) weights[tensor.name] = graph::to_floats(tensor);
    return weights;
}

/// Expects that a run stopped after a step goes on to what the whole run ends with, bit for bit.
inline void expect_resumes(const train::TrainerOptions& options, int64_t stop, int64_t steps,
                           size_t replicas = 1) {
    const TemporaryFolder whole, parts;
    train::TrainerOptions run = options;
    run.out = whole.path();
    run.max_steps = steps;
    TinyRun{}.go(run, replicas);
    run.out = parts.path();
    run.max_steps = stop;
    TinyRun{}.go(run, replicas);
    run.max_steps = steps;
    run.resume = true;
    TinyRun{}.go(run, replicas);
    EXPECT_EQ(kept_by(parts.path()), kept_by(whole.path()));
}

}  // namespace vkm::test
