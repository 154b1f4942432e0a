#pragma once

#include <train/training_steps.h>

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace vkm::train {

/// Makes a run's steps on its devices, each with its share of every batch: decides the shares, and goes on without a device
/// that fails.
class SharedSteps final : public TrainingSteps {
  public:
    /// Throws as StepExecutor and ShareBalance do.
    SharedSteps(const TrainerOptions&, ModelOnDevices&, PixelType, const std::optional<Position>& before,
                const std::atomic<bool>& stop, StepExecutor::Progress, Told);

    StepExecutor& executor() override { return executor_; }
    const StepExecutor& executor() const override { return executor_; }
    std::vector<Share> shares() const override { return executor_.shares(); }
    std::vector<double> speeds() const override { return balance_.speeds(); }

    void launch_before_last(Loader::Lease, const graph::StepParams&) override;
    void launch(Loader::Lease, const graph::StepParams&) override;
    void land_all() override { pipeline_.land_all(); }
    void wait_all() override { pipeline_.wait_all(); }
    void balance(int64_t step) override;
    void on_devices(int64_t step, const std::function<void()>& work) override;

  private:
    bool has_others() const { return replicas_.job().has_others(); }
    bool may_lose_devices() const;
    StepGraph build(StepShape) const;
    std::vector<Share> first_shares(const std::optional<Position>& before);
    std::optional<StepExecutor> accumulator(const StepExecutor::Progress&);
    void fit();
    void split(const std::vector<Share>&);
    std::vector<graph::DeviceWork> work_of_all();
    bool goes_on_without_failed(const StepPipeline::Flight& oldest);
    void leave_out(std::span<const size_t> failed, int64_t step, const std::string& why);

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    PixelType pixels_;
    Told told_;
    ShareBalance balance_;
    StepExecutor executor_;
    std::optional<StepExecutor> accumulator_;  ///< of the batches of a step before its last
    StepPipeline pipeline_;
};

}  // namespace vkm::train
