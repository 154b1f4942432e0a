#pragma once

#include "live/live_result.h"

#include <engine/vulkan/device.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vkm::demo {

/// Classifies the newest frame on a thread of its own. Frames that come while it works replace each other. The network,
/// the device and the precision may be changed at any time; where the new choice does not work, the old one goes on.
class LiveClassifier {
  public:
    /// `changed` is called on that thread whenever there is something new.
    LiveClassifier(const engine::Instance&, std::function<void()> changed);
    ~LiveClassifier();
    LiveClassifier(const LiveClassifier&) = delete;

    /// Returns the choice's number, which rises (LiveState::choices).
    uint64_t choose(LiveChoice);
    void show(Frame);
    /// Says whether results have heat maps.
    void explain(bool);
    /// Has the newest frame classified over and over, to measure; else each is classified once.
    void repeat(bool);
    /// Does nothing until it is let go on: the processor is wanted elsewhere.
    void rest(bool);

    std::shared_ptr<const LiveState> state() const;

  private:
    class Network;

    struct Wishes {
        std::optional<LiveChoice> choice;  ///< that is not made yet
        uint64_t choices = 0;              ///< so far
        Frame frame;
        bool explain = false, repeat = false, rest = false, ending = false;
    };

    void wish(const std::function<void(Wishes&)>&);
    void change(const std::function<void(LiveState&)>&);
    void work();
    bool load(const LiveChoice&, uint64_t number);
    void classify(const Frame&, bool explain);
    void count(double milliseconds);

    const engine::Instance& instance_;
    std::function<void()> changed_;
    mutable std::mutex mutex_;
    std::condition_variable wished_;
    Wishes wishes_;
    std::shared_ptr<const LiveState> state_ = std::make_shared<LiveState>();

    // These belong to the thread.
    std::unique_ptr<Network> network_;
    std::vector<std::chrono::steady_clock::time_point> times_;
    std::thread thread_;
};

}  // namespace vkm::demo
