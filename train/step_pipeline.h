#pragma once

#include <train/step_executor.h>

#include <deque>
#include <functional>

namespace vkm::train {

/// Keeps the devices busy: a step is fed and launched while earlier ones still run. The oldest lands when its
/// slot is needed, so its results are read one or two steps late.
class StepPipeline {
  public:
    struct FedBatch {
        Loader::Lease batch;
        graph::StepParams params;
    };
    /// Holds a step on its way, and its batch until it has landed; of a step whose graph has several, the last one and
    /// those before.
    struct Flight {
        StepExecutor* executor;
        graph::Executor::Slot slot;
        Loader::Lease batch;
        graph::StepParams params;
        std::vector<FedBatch> before = {};
        bool ends_step = true;
    };
    /// Called for every step, in order, when it is done and its metrics may be read.
    using Land = std::function<void(const Flight&)>;

    /// Called where the oldest step in flight, or one behind it, cannot be made, in a handler of what was thrown. Returns
    /// whether all of them can be made again, by their executors as they are then.
    using Recover = std::function<bool(const Flight& oldest)>;

    /// The batches that a loader has ready beside those in flight and the one that is being filled.
    static constexpr int batches_ready = 2;
    /// All that it reads ahead for steps of one batch.
    static constexpr int batches_ahead = static_cast<int>(graph::steps_in_flight) + 1 + batches_ready;

    StepPipeline(StepExecutor&, Land, Recover = {});
    /// Waits for the steps in flight, where something was thrown: the devices may be used for something else next.
    ~StepPipeline();
    StepPipeline(const StepPipeline&) = delete;
    StepPipeline& operator=(const StepPipeline&) = delete;

    /// Feeds and submits a step. Lands the oldest first where every slot is taken.
    void launch(Loader::Lease, const graph::StepParams&);
    /// Does the same with a batch that others of its step follow, on another executor of the same devices. Two of them take
    /// turns: those of one are done before the other's begin.
    void launch_before_last(StepExecutor&, Loader::Lease, const graph::StepParams&);
    /// Does the same with a step whose graph has several batches.
    void launch_all(StepExecutor&, std::vector<FedBatch> before, FedBatch last);
    /// Lands every step in flight.
    void land_all();
    /// Waits for the steps in flight without landing them: an earlier one is being looked into.
    void wait_all();

  private:
    void launch(Flight);
    void launch_waiting();
    void submit(Flight&);
    void land();
    bool attempt(const std::function<void()>& work);

    StepExecutor& executor_;
    Land land_;
    Recover recover_;
    std::deque<Flight> flights_;
    std::deque<Flight> waiting_;  ///< to be launched
};

}  // namespace vkm::train
