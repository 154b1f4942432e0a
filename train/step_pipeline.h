#pragma once

#include <train/step_executor.h>

#include <deque>
#include <functional>

namespace vkm::train {

/// Keeps the devices busy: a step is fed and launched while those before it are on their way. The oldest of
/// them lands when its slot is needed, so what came of it is read one or two steps late.
class StepPipeline {
  public:
    /// A step on its way. It holds its batch until it has landed.
    struct Flight {
        graph::Executor::Slot slot;
        Loader::Lease batch;
        graph::StepParams params;
    };
    /// Called for every step, in order, when it is done: its metrics may be read.
    using Land = std::function<void(const Flight&)>;

    /// Batches that a loader reads ahead: those in flight, one being filled, and two ready.
    static constexpr int batches_ahead = static_cast<int>(graph::steps_in_flight) + 3;

    StepPipeline(StepExecutor&, Land);

    /// Feeds and submits a step; lands the oldest before that where every slot is taken.
    void launch(Loader::Lease, const graph::StepParams&);
    /// Lands every step in flight.
    void land_all();
    /// Waits for the steps in flight and leaves them there: one before them is looked into.
    void wait_all();

  private:
    void land();

    StepExecutor& executor_;
    Land land_;
    std::deque<Flight> flights_;
};

}  // namespace vkm::train
