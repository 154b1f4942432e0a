#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include "engine/test_kernels.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>

namespace vkm::engine {
namespace {

using testing::HasSubstr;

/// Runs a test with both kinds of timeline on every device that has both.
void on_both_timelines(const std::function<void(Device&)>& test) {
    on_every_device([&](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        for (const bool semaphore : {true, false}) {
            if (semaphore && !plan.timeline_semaphore) continue;
            plan.timeline_semaphore = semaphore;
            plan.work_per_submit = 10;
            SCOPED_TRACE(semaphore ? "timeline semaphore" : "fences");
            const auto device = test_instance()->open_planned(index, plan);
            test(*device);
        }
    });
}

/// Records four dispatches in three submits: "net/first" | "net/second", "net/third" | "net/last".
struct Network {
    explicit Network(Device& device)
        : block(device.allocate(8192, MemoryKind::device, "block")), list(device.record()) {
        for (const char* label : {"net/first", "net/second", "net/third", "net/last"})
            record_accumulate(device, list, {&block, 0, 1024}, {&block, 4096, 1024}, 5, label);
        list.finish();
    }
    Block block;
    CommandList list;
};

TEST(TimelineTest, TicketsRiseAndCompleteInOrder) {
    on_both_timelines([](Device& device) {
        std::vector<Network> networks;
        std::vector<uint64_t> tickets;
        for (int i = 0; i < 5; ++i)
            tickets.push_back(device.submit(networks.emplace_back(device).list));
        EXPECT_TRUE(std::ranges::is_sorted(tickets));
        device.wait(tickets[2]);
        EXPECT_TRUE(device.done(tickets[0]));
        EXPECT_TRUE(device.done(tickets[2]));
        device.wait(tickets[4]);
        device.wait(tickets[1]);
        for (const uint64_t ticket : tickets)
            EXPECT_TRUE(device.done(ticket));
    });
}

TEST(TimelineTest, TicketZeroIsAlwaysDone) {
    on_both_timelines([](Device& device) {
        EXPECT_TRUE(device.done(0));
        device.wait(0);
    });
}

TEST(TimelineTest, ResubmissionsReuseTheirSignals) {
    on_both_timelines([](Device& device) {
        Network network(device);
        for (int i = 0; i < 50; ++i)
            device.wait(device.submit(network.list));
    });
}

template <typename E>
std::string wait_failure(const std::function<void()>& action) {
    try {
        action();
    } catch (const E& error) {
        return error.what();
    }
    return "";
}

/// Replaces both ways of waiting by one that returns `result`; restores them at the end.
class WaitsReturn {
  public:
    WaitsReturn(Device& device, VkResult result) : vk_(device.impl().context->vk), real_(vk_) {
        device.impl().timeline.reset();  // which may have taken the function already
        result_ = result;
        bounds_.clear();
        vk_.vkWaitForFences = [](VkDevice, uint32_t, const VkFence*, VkBool32, uint64_t bound) {
            return result_of_wait(bound);
        };
        vk_.vkWaitSemaphores = vk_.vkWaitSemaphoresKHR = [](VkDevice, const VkSemaphoreWaitInfo*,
                                                            uint64_t bound) { return result_of_wait(bound); };
    }
    WaitsReturn(const WaitsReturn&) = delete;
    ~WaitsReturn() {
        vk_.vkDeviceWaitIdle(real_device_);
        vk_ = real_;
    }
    void of(VkDevice device) { real_device_ = device; }
    /// Returns the bounds of the waits so far, in nanoseconds.
    static const std::vector<uint64_t>& bounds() { return bounds_; }

  private:
    static VkResult result_of_wait(uint64_t bound) {
        bounds_.push_back(bound);
        return result_;
    }

    VolkDeviceTable& vk_;
    VolkDeviceTable real_;
    VkDevice real_device_ = VK_NULL_HANDLE;
    static inline VkResult result_;
    static inline std::vector<uint64_t> bounds_;
};

TEST(TimelineTest, AWaitBeyondItsBoundNamesWhatRuns) {
    on_both_timelines([](Device& device) {
        Network network(device);
        WaitsReturn timeout(device, VK_TIMEOUT);
        timeout.of(device.impl().context->device);
        const uint64_t ticket = device.submit(network.list);
        const std::string why = wait_failure<DeviceTimeout>([&] { device.wait(ticket, 0.25); });
        EXPECT_THAT(why, HasSubstr(device.description()));
        EXPECT_THAT(why, HasSubstr("'net/first'"));
        EXPECT_THAT(why, HasSubstr("0.25 s"));
        EXPECT_FALSE(device.done(ticket));
        EXPECT_THAT(wait_failure<Error>([&] { device.submit(network.list); }), HasSubstr("submitted again"));
    });
}

// A driver counts the time in which the program was stopped or the machine slept. Many short waits do not.
TEST(TimelineTest, ALongWaitIsManyShortOnes) {
    on_both_timelines([](Device& device) {
        Network network(device);
        WaitsReturn timeout(device, VK_TIMEOUT);
        timeout.of(device.impl().context->device);
        const uint64_t ticket = device.submit(network.list);
        EXPECT_THROW(device.wait(ticket, 300), DeviceTimeout);
        const std::vector<uint64_t> bounds = WaitsReturn::bounds();
        EXPECT_LE(std::ranges::max(bounds), uint64_t{5'000'000'000});
        EXPECT_EQ(std::accumulate(bounds.begin(), bounds.end(), uint64_t{0}), uint64_t{300'000'000'000});
    });
}

/// Ends as a program does whose device never finishes: the error first, then everything it had is released.
int with_an_endless_kernel(uint32_t index, bool semaphore) {
    ::alarm(60);  // it must not hang
    const Instance vulkan;
    DevicePlan plan = plan_device(vulkan.devices()[index], known_quirks());
    plan.timeline_semaphore = plan.timeline_semaphore && semaphore;
    std::string why;
    try {
        const auto device = vulkan.open_planned(index, plan);
        const Block x = device->allocate(1024, MemoryKind::device, "x");
        const Block y = device->allocate(1024, MemoryKind::device, "y");
        const std::vector<float> zeros(256);
        for (const Block* block : {&x, &y})
            device->write({block, 0, 1024}, bytes_of(zeros));
        CommandList list = device->record();
        const std::array<Slice, 2> bindings{Slice{&x, 0, 16}, Slice{&y, 0, 16}};
        list.dispatch({kernel_of(*device, test_shaders::endless, Storage::f32, LoadPath::buffer, {1}),
                       bindings,
                       {},
                       {65535, 65535, 1},
                       "net/endless"});
        list.finish();
        device->wait(device->submit(list), 0.5);
    } catch (const DeviceTimeout& error) {
        why = error.what();
    }
    fmt::print(stderr, "{}\n", why);
    return why.empty();
}

TEST(TimelineDeathTest, AProgramWhoseDeviceNeverFinishesStillEnds) {
    const Instance* const vulkan = test_instance();
    if (!vulkan || vulkan->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // a program of its own
    for (uint32_t index = 0; index < vulkan->devices().size(); ++index) {
        // A GPU's watchdog would end the kernel, and with it whatever else the GPU is doing.
        if (vulkan->devices()[index].type != DeviceType::cpu || vulkan->null_device(index)) continue;
        for (const bool semaphore : {true, false})
            EXPECT_EXIT(_exit(with_an_endless_kernel(index, semaphore)), testing::ExitedWithCode(0),
                        "'net/endless' not done after 0.5 s");
    }
}

TEST(TimelineTest, ALostDeviceNamesTheOperatorsThatRan) {
    on_both_timelines([](Device& device) {
        Network network(device);
        WaitsReturn lost(device, VK_ERROR_DEVICE_LOST);
        lost.of(device.impl().context->device);
        const uint64_t ticket = device.submit(network.list);
        const std::string why = wait_failure<DeviceLost>([&] { device.wait(ticket); });
        EXPECT_THAT(why, HasSubstr(device.description()));
        EXPECT_THAT(why, HasSubstr("while running 'net/first'"));
        EXPECT_THROW(device.done(ticket), DeviceLost);
    });
}

TEST(TimelineTest, ADeviceLostAtSubmitIsSaidSo) {
    on_both_timelines([](Device& device) {
        Network network(device);
        VolkDeviceTable& vk = device.impl().context->vk;
        const auto real = vk.vkQueueSubmit;
        vk.vkQueueSubmit = [](VkQueue, uint32_t, const VkSubmitInfo*, VkFence) {
            return VK_ERROR_DEVICE_LOST;
        };
        EXPECT_THAT(wait_failure<DeviceLost>([&] { device.submit(network.list); }),
                    HasSubstr("submitting 'net/first'"));
        vk.vkQueueSubmit = [](VkQueue, uint32_t, const VkSubmitInfo*, VkFence) {
            return VK_ERROR_OUT_OF_HOST_MEMORY;
        };
        EXPECT_THROW(device.submit(network.list), OutOfDeviceMemory);
        vk.vkQueueSubmit = real;
        device.wait(device.submit(network.list));
    });
}

}  // namespace
}  // namespace vkm::engine
