#include <base/checksum.h>
#include <bench/stress.h>
#include <graph/flat_buffers.h>
#include <graph/models/initialise.h>
#include <train/step_executor.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

namespace vkm::bench {
namespace {

using Clock = std::chrono::steady_clock;
using graph::Role;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

train::Batch images(const graph::ModelConfig& model, int64_t count) {
    train::Batch batch;
    batch.count = static_cast<int>(count);
    batch.height = batch.width = static_cast<int>(model.input_size);
    std::vector<uint8_t> pixels(static_cast<size_t>(count * model.input_size * model.input_size * 3));
    for (size_t i = 0; i < pixels.size(); ++i)
        pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    batch.pixels = std::move(pixels);
    for (int64_t i = 0; i < count; ++i) {
        batch.labels.push_back(static_cast<int32_t>(i * 7919 % model.num_classes));
        batch.indices.push_back(static_cast<uint32_t>(i));
    }
    return batch;
}

train::Recipe recipe() {
    train::Recipe recipe;
    recipe.augmentation = {train::Crop::pad4, true};
    return recipe;
}

class Passes {
  public:
    Passes(graph::PlannedDevice& device, const StressOptions& options)
        : options_(options),
          model_({&device}),
          executor_(model_, options.batch, train::PixelType::bytes,
                    [&options](train::StepShape shape) {
                        shape.storage = options.precision;
                        return train::training_step(options.model, recipe(), shape);
                    }),
          batch_(images(options.model, options.batch)) {
        model_.load(graph(), graph::initial_values(graph(), 0));
        for (const Role role : {Role::parameter, Role::state, Role::optimizer, Role::loss_scale})
            for (const graph::ValueId id : graph::flat_buffers(graph(), role))
                start_.emplace_back(id, model_.read_flat(graph(), id, 0));
        // The first step compiles with some drivers and faults memory in.
        steps_ = 1;
        (void)run(nullptr);
        double seconds = 0;
        (void)run(&seconds);
        steps_ = static_cast<size_t>(std::clamp(std::ceil(options.pass_seconds / seconds), 2.0, 10'000.0));
    }

    const graph::Graph& graph() const { return executor_.step().graph; }
    train::ModelOnDevices& model() { return model_; }
    size_t images_a_pass() const { return steps_ * static_cast<size_t>(options_.batch); }

    void restore() {
        for (const auto& [id, bytes] : start_)
            model_.write_flat(graph(), id, 0, bytes);
    }

    // Runs the steps from the state that the device has.
    PassResult run(double* seconds) {
        PassResult result;
        std::vector<std::optional<size_t>> running(graph::steps_in_flight);
        const auto land = [&](graph::Executor::Slot slot) {
            executor_.executor().wait(slot);
            result.metrics =
                crc32c(executor_.executor().metric(slot, 0, executor_.step().metrics), result.metrics);
            result.losses.push_back(static_cast<float>(executor_.metrics(slot).loss));
            running[slot].reset();
        };
        const Clock::time_point start = Clock::now();
        for (size_t i = 0; i < steps_; ++i) {
            const graph::Executor::Slot slot = executor_.executor().begin();
            if (running[slot]) land(slot);
            graph::StepParams params;
            params.learning_rate = 0.01f;
            params.step = static_cast<uint32_t>(i);
            executor_.feed(slot, batch_, params);
            executor_.executor().submit(slot);
            running[slot] = i;
        }
        for (size_t i = 0; i < running.size(); ++i) {
            // The older one first.
            size_t next = running.size();
            for (size_t slot = 0; slot < running.size(); ++slot)
                if (running[slot] && (next == running.size() || *running[slot] < *running[next])) next = slot;
            if (next < running.size()) land(next);
        }
        if (seconds) *seconds = seconds_since(start);
        for (const auto& [id, bytes] : start_)
            result.weights = crc32c(model_.read_flat(graph(), id, 0), result.weights);
        return result;
    }

  private:
    const StressOptions& options_;
    train::ModelOnDevices model_;
    train::StepExecutor executor_;
    train::Batch batch_;
    std::vector<std::pair<graph::ValueId, std::vector<std::byte>>> start_;
    size_t steps_ = 1;
};

}  // namespace

std::string difference(const PassResult& first, const PassResult& now) {
    const auto bits = [](float value) { return std::bit_cast<uint32_t>(value); };
    for (size_t i = 0; i < std::min(first.losses.size(), now.losses.size()); ++i)
        if (bits(first.losses[i]) != bits(now.losses[i]))
            return fmt::format("the loss of step {} is {} ({:08x}) and was {} ({:08x})", i + 1, now.losses[i],
                               bits(now.losses[i]), first.losses[i], bits(first.losses[i]));
    if (first.losses.size() != now.losses.size())
        return fmt::format("it has {} steps and had {}", now.losses.size(), first.losses.size());
    if (first.metrics != now.metrics)
        return fmt::format("the steps' hits have the checksum {:08x} and had {:08x}", now.metrics,
                           first.metrics);
    if (first.weights != now.weights)
        return fmt::format("the weights behind the last step have the checksum {:08x} and had {:08x}",
                           now.weights, first.weights);
    return "";
}

std::vector<StressPass> run_stress(graph::PlannedDevice& device, const StressOptions& options,
                                   const std::function<void(const StressPass&)>& done) {
    const auto stopped = [&] { return options.interrupted && *options.interrupted; };
    std::vector<StressPass> list;
    if (stopped()) return list;
    Passes passes(device, options);
    std::optional<PassResult> first;
    const Clock::time_point start = Clock::now();
    while (list.size() < 2 || seconds_since(start) < options.seconds) {
        if (stopped()) break;
        passes.restore();
        if (options.before_pass) options.before_pass(list.size(), passes.model(), passes.graph());
        double seconds = 0;
        const PassResult now = passes.run(&seconds);
        list.push_back({seconds_since(start), static_cast<double>(passes.images_a_pass()) / seconds});
        if (!first) first = now;
        if (const std::string what = difference(*first, now); !what.empty())
            throw WrongBits(
                "{}: pass {}, after {:.0f} s, differs from the first: {}. The same steps from the same state have the "
                "same bits on a device that works: check its cooling, clocks, power and memory, and its driver",
                device.description(), list.size(), list.back().at, what);
        if (done) done(list.back());
    }
    return list;
}

}  // namespace vkm::bench
