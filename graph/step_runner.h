#pragma once

#include <graph/rendezvous.h>
#include <graph/schedule.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>

namespace vkm::graph {

/// What the actions of a schedule do on one device; a fake in tests.
class SegmentDevice {
  public:
    virtual ~SegmentDevice() = default;
    virtual void submit(size_t slot, size_t segment) = 0;
    virtual void await(size_t slot, size_t segment) = 0;
};

/// A host thread that drives one device through the actions of step after step.
class StepRunner {
  public:
    StepRunner(SegmentDevice&, const Schedule&, Rendezvous&);
    ~StepRunner();

    /// Queues a step for the thread; returns at once.
    void start(size_t slot);
    /// Until every queued step's actions have been carried out (the device may still compute the last
    /// segment). Rethrows what a step threw.
    void drain();

  private:
    void loop();
    void run(size_t slot);

    SegmentDevice& device_;
    const Schedule& schedule_;
    Rendezvous& rendezvous_;
    uint64_t steps_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<size_t> queue_;
    bool running_ = false, stop_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace vkm::graph
