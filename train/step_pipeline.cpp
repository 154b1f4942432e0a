#include <train/step_pipeline.h>

#include <utility>

namespace vkm::train {

StepPipeline::StepPipeline(StepExecutor& executor, Land land) : executor_(executor), land_(std::move(land)) {}

void StepPipeline::launch(Loader::Lease batch, const graph::StepParams& params) {
    launch_on(executor_, std::move(batch), params);
}

void StepPipeline::launch_on(StepExecutor& steps, Loader::Lease batch, const graph::StepParams& params) {
    graph::Executor& executor = steps.executor();
    if (flights_.size() == executor.slots()) land();
    const graph::Executor::Slot slot = executor.begin();
    steps.feed(slot, *batch, params);
    executor.upload(slot);
    for (const Flight& flight : flights_)
        if (flight.executor != &steps) flight.executor->executor().wait(flight.slot);
    executor.submit(slot);
    flights_.push_back({&steps, slot, std::move(batch), params});
}

void StepPipeline::land_all() {
    while (!flights_.empty())
        land();
}

void StepPipeline::wait_all() {
    for (const Flight& flight : flights_)
        flight.executor->executor().wait(flight.slot);
}

void StepPipeline::land() {
    const Flight flight = std::move(flights_.front());
    flights_.pop_front();
    flight.executor->executor().wait(flight.slot);
    land_(flight);
}

}  // namespace vkm::train
