#include <train/step_pipeline.h>

#include <utility>

namespace vkm::train {

StepPipeline::StepPipeline(StepExecutor& executor, Land land) : executor_(executor), land_(std::move(land)) {}

void StepPipeline::launch(Loader::Lease batch, const graph::StepParams& params) {
    graph::Executor& executor = executor_.executor();
    if (flights_.size() == executor.slots()) land();
    const graph::Executor::Slot slot = executor.begin();
    executor_.feed(slot, *batch, params);
    executor.submit(slot);
    flights_.push_back({slot, std::move(batch), params});
}

void StepPipeline::land_all() {
    while (!flights_.empty())
        land();
}

void StepPipeline::wait_all() {
    for (const Flight& flight : flights_)
        executor_.executor().wait(flight.slot);
}

void StepPipeline::land() {
    const Flight flight = std::move(flights_.front());
    flights_.pop_front();
    executor_.executor().wait(flight.slot);
    land_(flight);
}

}  // namespace vkm::train
