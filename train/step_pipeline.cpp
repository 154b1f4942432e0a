#include <train/step_pipeline.h>

#include <iterator>
#include <utility>

namespace vkm::train {

StepPipeline::StepPipeline(StepExecutor& executor, Land land, Recover recover)
    : executor_(executor), land_(std::move(land)), recover_(std::move(recover)) {}

StepPipeline::~StepPipeline() {
    try {
        wait_all();
    } catch (const std::exception&) {  // what was thrown first is on its way
    }
}

void StepPipeline::launch(Loader::Lease batch, const graph::StepParams& params) {
    launch({.executor = &executor_, .slot = 0, .batch = std::move(batch), .params = params});
}

void StepPipeline::launch_before_last(StepExecutor& steps, Loader::Lease batch,
                                      const graph::StepParams& params) {
    launch({.executor = &steps,
            .slot = 0,
            .batch = std::move(batch),
            .params = params,
            .before = {},
            .ends_step = false});
}

void StepPipeline::launch_all(StepExecutor& steps, std::vector<FedBatch> before, FedBatch last) {
    launch({.executor = &steps,
            .slot = 0,
            .batch = std::move(last.batch),
            .params = last.params,
            .before = std::move(before)});
}

void StepPipeline::launch(Flight flight) {
    waiting_.push_back(std::move(flight));
    launch_waiting();
}

void StepPipeline::launch_waiting() {
    while (!waiting_.empty()) {
        if (flights_.size() == waiting_.front().executor->executor().slots()) {
            land();
            continue;
        }
        if (!attempt([&] { submit(waiting_.front()); })) continue;
        flights_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
}

void StepPipeline::submit(Flight& flight) {
    graph::Executor& executor = flight.executor->executor();
    flight.slot = executor.begin();
    for (size_t i = 0; i < flight.before.size(); ++i)
        flight.executor->feed_before(i, flight.slot, *flight.before[i].batch, flight.before[i].params);
    flight.executor->feed(flight.slot, *flight.batch, flight.params);
    executor.upload(flight.slot);
    for (const Flight& other : flights_)
        if (other.executor != flight.executor) other.executor->executor().wait(other.slot);
    executor.submit(flight.slot);
}

void StepPipeline::land_all() {
    while (!flights_.empty()) {
        land();
        launch_waiting();
    }
}

void StepPipeline::wait_all() {
    for (const Flight& flight : flights_)
        flight.executor->executor().wait(flight.slot);
}

// Lands the oldest step, or puts all of them back to be made again.
void StepPipeline::land() {
    if (!attempt([&] { flights_.front().executor->executor().wait(flights_.front().slot); })) return;
    const Flight flight = std::move(flights_.front());
    flights_.pop_front();
    land_(flight);
}

// Returns whether the work was done; where not, the steps in flight wait to be launched again.
bool StepPipeline::attempt(const std::function<void()>& work) {
    try {
        work();
        return true;
    } catch (const Error&) {
        if (!recover_ || flights_.empty()) throw;
        std::deque<Flight> undone = std::exchange(flights_, {});  // their executors end, whatever comes of it
        if (!recover_(undone.front())) throw;
        waiting_.insert(waiting_.begin(), std::move_iterator(undone.begin()),
                        std::move_iterator(undone.end()));
    }
    return false;
}

}  // namespace vkm::train
