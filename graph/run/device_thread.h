#pragma once

#include <graph/run/device_work.h>
#include <graph/run/reducer.h>
#include <graph/run/schedule.h>
#include <graph/run/segment_device.h>
#include <graph/run/step_trace.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <thread>

namespace vkm::graph {

/// Drives one device from a host thread of its own, through the actions of step after step. It submits the
/// next step's first segment before it awaits the last one of the step before, so that the device does not
/// fall idle between two steps whose inputs were ready. A step's inputs are uploaded between the actions of the
/// step before.
class DeviceThread {
  public:
    /// `trace`: gets what the thread waits for, under this number of the device; none: nobody asks.
    DeviceThread(SegmentDevice&, const Schedule&, Reducer&, StepTrace* trace = nullptr, size_t number = 0);
    ~DeviceThread();

    /// Queues a step for the thread; returns at once. After a failure nothing runs any more.
    void start(size_t slot);
    /// Waits until the slot's step is done on the device; later steps may still run.
    /// Rethrows what a step threw.
    void wait(size_t slot);
    /// Begins no more of the steps that are queued, and waits until the thread is at none. The device may still run what it
    /// was given, and is the caller's from then on. Where it waits for other devices, the reducer must have failed.
    void rest();
    /// Returns what was done so far.
    DeviceWork work() const;
    /// Returns whether it was this device that failed, and not another one that it needs.
    bool failed() const;

  private:
    void loop();
    void run(size_t slot);
    /// Does something, and notes when.
    template <typename Work>
    void noted(const char* name, const Work& work);
    /// Uploads for a step that was queued meanwhile, which is behind this one's upload then.
    void upload_next();
    void settle();
    bool pending(size_t slot) const;

    SegmentDevice& device_;
    const Schedule& schedule_;
    Reducer& reducer_;
    StepTrace* trace_;
    size_t number_;
    uint64_t steps_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    DeviceWork work_;
    double waited_ = 0;  ///< seconds for other devices, in the step that runs
    std::deque<size_t> queue_;
    size_t uploaded_ = 0;   ///< of the queue, from its front
    bool at_work_ = false;  ///< with the device
    std::optional<size_t> running_;
    std::optional<size_t> unsettled_;  ///< the slot whose last segment is submitted and not yet awaited
    std::optional<size_t> awaited_;    ///< the slot the caller waits for
    bool stop_ = false;
    std::exception_ptr failure_;
    bool meets_others_ = false;  ///< written by this thread only: whether it waits for another device
    bool own_failure_ = false;
    std::thread thread_;
};

}  // namespace vkm::graph
