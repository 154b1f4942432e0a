#include <graph/run/device_thread.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <thread>

namespace vkm::graph {
namespace {

// Computes one number a step and needs the sum over all devices before its second segment.
class FakeDevice final : public SegmentDevice {
  public:
    FakeDevice(int part, std::vector<int>& parts, size_t index, int fail_at = -1)
        : part_(part), parts_(parts), index_(index), fail_at_(fail_at) {}

    void submit(size_t, size_t segment) override {
        if (segment == 0) {
            if (++steps_ == fail_at_) throw Error("device {} is lost", index_);
            parts_[index_] = part_ * steps_;
        } else {
            seen.push_back(*sum);
        }
    }
    void await(size_t, size_t) override {}

    std::vector<int> seen;
    int* sum = nullptr;
    /// Returns how many steps were begun; call it between steps.
    int steps() const { return steps_; }

  private:
    int part_;
    std::vector<int>& parts_;
    size_t index_;
    int fail_at_;
    int steps_ = 0;
};

Schedule one_reduction() {
    Schedule schedule;
    schedule.segments.resize(2);
    schedule.actions = {{Action::Kind::submit, 0},
                        {Action::Kind::await, 0},
                        {Action::Kind::contribute, 0},
                        {Action::Kind::collect, 0},
                        {Action::Kind::submit, 1}};
    return schedule;
}

TEST(DeviceThreadTest, DevicesMeetInEveryStep) {
    constexpr int steps = 50;
    std::vector<int> parts(3);
    int sum = 0;
    Reducer reducer(3, 1, [&](size_t) { sum = parts[0] + parts[1] + parts[2]; });
    const Schedule schedule = one_reduction();
    std::vector<std::unique_ptr<FakeDevice>> devices;
    std::vector<std::unique_ptr<DeviceThread>> threads;
    for (size_t i = 0; i < 3; ++i) {
        devices.push_back(std::make_unique<FakeDevice>(static_cast<int>(i + 1), parts, i));
        devices.back()->sum = &sum;
    }
    for (const auto& device : devices)
        threads.push_back(std::make_unique<DeviceThread>(*device, schedule, reducer));
    for (int step = 1; step <= steps; ++step) {
        for (const auto& thread : threads)
            thread->start(0);
        for (const auto& thread : threads)
            thread->wait(0);
    }
    for (const auto& device : devices) {
        ASSERT_EQ(device->seen.size(), static_cast<size_t>(steps));
        for (int step = 1; step <= steps; ++step)
            EXPECT_EQ(device->seen[static_cast<size_t>(step - 1)], 6 * step);
    }
}

// Holds two devices that sum, of which the second is lost in its `step`-th step.
struct OneBadDevice {
    explicit OneBadDevice(int step) : bad(2, parts, 1, step) { good.sum = bad.sum = &sum; }

    std::vector<int> parts = std::vector<int>(2);
    int sum = 0;
    Reducer reducer{2, 1, [this](size_t) { sum = parts[0] + parts[1]; }};
    const Schedule schedule = one_reduction();
    FakeDevice good{1, parts, 0}, bad;
    DeviceThread a{good, schedule, reducer}, b{bad, schedule, reducer};
};

TEST(DeviceThreadTest, OneLostDeviceStopsTheOthersInsteadOfHangingThem) {
    OneBadDevice devices(2);
    for (DeviceThread* thread : {&devices.a, &devices.b})
        thread->start(0);
    for (DeviceThread* thread : {&devices.a, &devices.b})
        thread->wait(0);
    for (DeviceThread* thread : {&devices.a, &devices.b})
        thread->start(1);
    for (DeviceThread* thread : {&devices.a, &devices.b}) {
        try {
            thread->wait(1);
            FAIL() << "nothing thrown";
        } catch (const Error& error) {
            EXPECT_STREQ(error.what(), "device 1 is lost");
        }
    }
}

std::string failure(DeviceThread& thread, size_t slot) {
    return test::message_of<Error>([&] { thread.wait(slot); });
}

TEST(DeviceThreadTest, AfterALostDeviceEveryLaterStepFailsAtOnce) {
    OneBadDevice devices(1);
    for (const size_t slot : {0, 1, 0, 1}) {
        for (DeviceThread* thread : {&devices.a, &devices.b})
            thread->start(slot);
        for (DeviceThread* thread : {&devices.a, &devices.b})
            EXPECT_EQ(failure(*thread, slot), "device 1 is lost");
    }
    EXPECT_TRUE(devices.good.seen.empty()) << "nothing goes on with a sum that was never made";
    EXPECT_EQ(devices.good.steps(), 1);
    EXPECT_EQ(devices.bad.steps(), 1) << "a lost device's later parts must not meet those of an earlier step";
}

TEST(DeviceThreadTest, AReductionThatFailsReachesEveryDevice) {
    std::vector<int> parts(3);
    int sum = 0;
    Reducer reducer(3, 1, [&](size_t) { throw Error("no sum"); });
    const Schedule schedule = one_reduction();
    std::vector<std::unique_ptr<FakeDevice>> devices;
    std::vector<std::unique_ptr<DeviceThread>> threads;
    for (size_t i = 0; i < 3; ++i) {
        devices.push_back(std::make_unique<FakeDevice>(1, parts, i));
        devices.back()->sum = &sum;
    }
    for (const auto& device : devices)
        threads.push_back(std::make_unique<DeviceThread>(*device, schedule, reducer));
    for (const auto& thread : threads)
        thread->start(0);
    for (const auto& thread : threads)
        EXPECT_EQ(failure(*thread, 0), "no sum");
}

TEST(DeviceThreadTest, ADeviceLostBehindItsLastSegmentFailsTheWaitForIt) {
    class LostAtTheEnd final : public SegmentDevice {
        void submit(size_t, size_t) override {}
        void await(size_t, size_t) override { throw Error("lost at the end"); }
    };
    Schedule schedule;
    schedule.segments.resize(1);
    schedule.actions = {{Action::Kind::submit, 0}};
    Reducer reducer(1, 0, [](size_t) {});
    LostAtTheEnd device;
    DeviceThread thread(device, schedule, reducer);
    thread.start(0);
    EXPECT_EQ(failure(thread, 0), "lost at the end");
    EXPECT_EQ(failure(thread, 1), "lost at the end");
}

TEST(DeviceThreadTest, OneThatWaitsForADeviceThatNeverComesCanBeDestroyed) {
    std::vector<int> parts(2);
    int sum = 0;
    Reducer reducer(2, 1, [&](size_t) { sum = parts[0] + parts[1]; });
    const Schedule schedule = one_reduction();
    FakeDevice device(1, parts, 0);
    device.sum = &sum;
    DeviceThread thread(device, schedule, reducer);
    thread.start(0);
    reducer.fail(std::make_exception_ptr(Error("over")));
}

// Takes a time for its segments.
class SlowDevice final : public SegmentDevice {
  public:
    explicit SlowDevice(std::chrono::milliseconds time) : time_(time) {}
    void submit(size_t, size_t) override {}
    void await(size_t, size_t) override { std::this_thread::sleep_for(time_); }

  private:
    std::chrono::milliseconds time_;
};

TEST(DeviceThreadTest, WaitingForAnotherDeviceIsNoWork) {
    constexpr uint64_t steps = 5;
    constexpr std::chrono::milliseconds time{100};
    Reducer reducer(2, 1, [](size_t) {});
    const Schedule schedule = one_reduction();
    SlowDevice slow(time), quick({});
    DeviceThread a(slow, schedule, reducer), b(quick, schedule, reducer);
    for (uint64_t step = 0; step < steps; ++step) {
        a.start(0);
        b.start(0);
        a.wait(0);
        b.wait(0);
    }
    EXPECT_EQ(a.work().steps, steps);
    EXPECT_EQ(b.work().steps, steps);
    EXPECT_GE(a.work().seconds, std::chrono::duration<double>(steps * time).count());
    EXPECT_LT(b.work().seconds, a.work().seconds / 2);
}

// Reaches the end of a step only when it is told to.
class GatedDevice final : public SegmentDevice {
  public:
    void submit(size_t slot, size_t) override {
        const std::lock_guard lock(mutex_);
        submitted_.push_back(slot);
        changed_.notify_all();
    }
    void await(size_t slot, size_t) override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_[slot]; });
    }
    void wait_until_submitted(const std::vector<size_t>& slots) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return submitted_ == slots; });
    }
    void open(size_t slot) {
        const std::lock_guard lock(mutex_);
        open_[slot] = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<size_t> submitted_;
    std::array<bool, 2> open_{};
};

TEST(DeviceThreadTest, TheNextStepIsSubmittedBeforeTheLastOneIsDone) {
    Schedule schedule;
    schedule.segments.resize(1);
    schedule.actions = {{Action::Kind::submit, 0}};
    Reducer reducer(1, 0, [](size_t) {});
    GatedDevice device;
    DeviceThread thread(device, schedule, reducer);
    thread.start(0);
    device.wait_until_submitted({0});
    thread.start(1);
    device.wait_until_submitted({0, 1});
    device.open(0);
    thread.wait(0);  // and does not wait for step 1, which is still closed
    device.open(1);
    thread.wait(1);
}

TEST(DeviceThreadTest, AThreadAtRestLeavesItsDeviceToTheCaller) {
    Reducer reducer(2, 1, [](size_t) {});
    const Schedule schedule = one_reduction();
    GatedDevice device;
    DeviceThread thread(device, schedule, reducer);
    thread.start(0);
    thread.start(1);
    device.wait_until_submitted({0});
    reducer.fail(std::make_exception_ptr(Error("the other device is lost")));
    std::future<void> resting = std::async(std::launch::async, [&] { thread.rest(); });
    EXPECT_EQ(resting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout)
        << "it still waits for its device";
    device.open(0);
    resting.get();
    device.wait_until_submitted({0});  // and never step 1
    EXPECT_EQ(failure(thread, 0), "the other device is lost");
}

// Notes what it is told to do. Its first segments end only when it is told so.
class NotingDevice final : public SegmentDevice {
  public:
    void upload(size_t slot) override { note(fmt::format("upload {}", slot)); }
    void submit(size_t slot, size_t segment) override { note(fmt::format("submit {}.{}", slot, segment)); }
    void await(size_t, size_t segment) override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return segment != 0 || open_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_until(const std::string& what) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return std::ranges::find(notes_, what) != notes_.end(); });
    }
    std::vector<std::string> notes() {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

  private:
    void note(const std::string& what) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(what);
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> notes_;
    bool open_ = false;
};

TEST(DeviceThreadTest, AStepsUploadIsBetweenTheActionsOfTheStepBefore) {
    Schedule schedule;
    schedule.segments.resize(2);
    schedule.actions = {{Action::Kind::submit, 0}, {Action::Kind::await, 0}, {Action::Kind::submit, 1}};
    Reducer reducer(1, 0, [](size_t) {});
    NotingDevice device;
    DeviceThread thread(device, schedule, reducer);
    thread.start(0);
    device.wait_until("submit 0.0");
    thread.start(1);
    device.open();
    thread.wait(0);
    thread.wait(1);
    EXPECT_EQ(device.notes(),
              (std::vector<std::string>{"submit 0.0", "upload 1", "submit 0.1", "submit 1.0", "submit 1.1"}));
}

TEST(DeviceThreadTest, WaitingForASlotThatWasNeverStartedReturns) {
    Schedule schedule;
    schedule.segments.resize(1);
    schedule.actions = {{Action::Kind::submit, 0}};
    Reducer reducer(1, 0, [](size_t) {});
    GatedDevice device;
    DeviceThread thread(device, schedule, reducer);
    thread.wait(1);
}

}  // namespace
}  // namespace vkm::graph
