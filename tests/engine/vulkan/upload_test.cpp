#include <engine/vulkan/device_impl.h>
#include <engine/vulkan/instance_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include "engine/test_kernels.h"

#include <cstring>

namespace vkm::engine {
namespace {

using testing::HasSubstr;

constexpr uint64_t bytes = 4096;
constexpr size_t floats = bytes / sizeof(float);

/// Runs a test on every device with timeline semaphores, whose uploads run beside its steps.
void on_every_uploading_device(const std::function<void(Device&)>& test) {
    on_every_device([&](uint32_t index) {
        if (!test_instance()->devices()[index].features.timeline_semaphore) return;
        test(*test_instance()->open(index, {.uploads = UploadPath::beside_steps}));
    });
}

/// Adds what the host writes in every round to a sum on the device, through two slots in turn.
struct Rounds {
    explicit Rounds(Device& device_of)
        : device(device_of),
          host(device.allocate(2 * bytes, MemoryKind::upload, "host")),
          inputs(device.allocate(2 * bytes, MemoryKind::inputs, "inputs")),
          sum(device.allocate(bytes, MemoryKind::device, "sum")) {
        device.write({&sum, 0, bytes}, bytes_of(std::vector<float>(floats)));
        for (uint64_t slot = 0; slot < 2; ++slot) {
            uploads.push_back(device.record_upload());
            uploads.back().copy({&host, slot * bytes, bytes}, {&inputs, slot * bytes, bytes});
            uploads.back().finish();
            steps.push_back(device.record());
            record_accumulate(device, steps.back(), {&inputs, slot * bytes, bytes}, {&sum, 0, bytes}, 5,
                              "net/first");
            record_accumulate(device, steps.back(), {&inputs, slot * bytes, bytes}, {&sum, 0, bytes}, 5,
                              "net/last");
            steps.back().finish();
        }
    }

    UploadTicket upload(size_t slot, float value) {
        device.wait(tickets[slot]);
        std::vector<float> values(floats, value);
        std::memcpy(host.mapped() + slot * bytes, values.data(), bytes);
        return device.upload(uploads[slot], tickets[slot]);
    }
    void step(size_t slot, UploadTicket after) { tickets[slot] = device.submit(steps[slot], after); }

    Device& device;
    Block host, inputs, sum;
    std::vector<CommandList> uploads, steps;
    std::array<uint64_t, 2> tickets{};
};

TEST(UploadTest, EveryStepReadsWhatWasUploadedForIt) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        float want = 0;
        for (int i = 1; i <= 41; ++i) {
            const auto slot = static_cast<size_t>(i % 2);
            rounds.step(slot, rounds.upload(slot, static_cast<float>(i)));
            want += static_cast<float>(2 * i);
        }
        EXPECT_EQ(read_all<float>(device, rounds.sum, 0, floats), std::vector<float>(floats, want));
        EXPECT_EQ(read_all<float>(device, rounds.inputs, bytes, floats), std::vector<float>(floats, 41));
    });
}

// --- What orders the two queues ------------------------------------------------------------------------

/// Says what a submission waited for and signalled.
struct Submission {
    VkSemaphore waits = VK_NULL_HANDLE, signals = VK_NULL_HANDLE;
    uint64_t awaited = 0, signalled = 0;
};

/// Notes the submissions of a device in its lifetime.
class Submissions {
  public:
    explicit Submissions(Device& device) : vk_(device.impl().context->vk) {
        real_ = vk_.vkQueueSubmit;
        seen_.clear();
        vk_.vkQueueSubmit = [](VkQueue queue, uint32_t count, const VkSubmitInfo* info, VkFence fence) {
            const auto& values = *static_cast<const VkTimelineSemaphoreSubmitInfo*>(info->pNext);
            Submission seen{.signals = info->pSignalSemaphores[0],
                            .signalled = values.pSignalSemaphoreValues[0]};
            if (info->waitSemaphoreCount == 1) {
                EXPECT_EQ(values.waitSemaphoreValueCount, 1u);
                EXPECT_EQ(info->pWaitDstStageMask[0],
                          VkPipelineStageFlags{VK_PIPELINE_STAGE_ALL_COMMANDS_BIT});
                seen.waits = info->pWaitSemaphores[0];
                seen.awaited = values.pWaitSemaphoreValues[0];
            }
            seen_.push_back(seen);
            return real_(queue, count, info, fence);
        };
    }
    Submissions(const Submissions&) = delete;
    ~Submissions() { vk_.vkQueueSubmit = real_; }

    static const std::vector<Submission>& seen() { return seen_; }

  private:
    VolkDeviceTable& vk_;
    static inline PFN_vkQueueSubmit real_;
    static inline std::vector<Submission> seen_;
};

TEST(UploadTest, AStepWaitsForItsUploadAndAnUploadForTheSlotsLastStep) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        const uint64_t before = device.submit(rounds.steps[0]);  // a step without an upload waits for nothing
        device.wait(before);
        const Submissions submissions(device);
        for (const size_t slot : {0, 1, 0})
            rounds.step(slot, rounds.upload(slot, 1));
        const std::vector<Submission>& s = submissions.seen();
        ASSERT_EQ(s.size(), 6u);
        const VkSemaphore uploading = s[0].signals, computing = s[1].signals;
        ASSERT_NE(uploading, computing);
        EXPECT_EQ(s[0].waits, VkSemaphore{}) << "the slot was never used";
        EXPECT_EQ(s[2].waits, VkSemaphore{});
        EXPECT_EQ(s[4].waits, computing);
        EXPECT_EQ(s[4].awaited, s[1].signalled) << "the step that read this slot, not the latest one";
        for (const size_t upload : {0, 2, 4}) {
            EXPECT_EQ(s[upload].signals, uploading);
            EXPECT_EQ(s[upload + 1].waits, uploading);
            EXPECT_EQ(s[upload + 1].awaited, s[upload].signalled);
            EXPECT_EQ(s[upload + 1].signals, computing);
        }
        EXPECT_GT(s[1].signalled, before);
    });
}

TEST(UploadTest, OnlyTheFirstOfAStepsSubmissionsWaits) {
    on_every_device([](uint32_t index) {
        const DeviceSnapshot& snapshot = test_instance()->devices()[index];
        if (!snapshot.features.timeline_semaphore) return;
        DevicePlan plan = plan_device(snapshot, known_quirks(), {.uploads = UploadPath::beside_steps});
        plan.work_per_submit = 5;
        const auto device = test_instance()->open_planned(index, plan);
        Rounds rounds(*device);
        const Submissions submissions(*device);
        rounds.step(0, rounds.upload(0, 1));
        ASSERT_EQ(submissions.seen().size(), 3u) << "a step in two parts";
        EXPECT_NE(submissions.seen()[1].waits, VkSemaphore{});
        EXPECT_EQ(submissions.seen()[2].waits, VkSemaphore{}) << "the queue keeps it behind the first part";
    });
}

// --- Families ------------------------------------------------------------------------------------------------

/// Says what was asked of a device last; of barriers, all together.
struct Noted {
    VkSharingMode sharing = VK_SHARING_MODE_MAX_ENUM;
    std::vector<uint32_t> families;
    uint32_t pool_family = 0;
    VkPipelineStageFlags stages = 0;
    VkAccessFlags accesses = 0;
};

/// Stands for a device whose family 7 only transfers, where there is none: notes what would be asked of it, and asks
/// the family that computes. Nothing may be submitted.
class FamilyBeside {
  public:
    explicit FamilyBeside(Device& device) : context_(*device.impl().context), real_plan_(context_.plan) {
        real_ = context_.vk;
        noted_ = Noted();
        context_.plan.upload_queue = QueueIndex{7, 0};
        context_.vk.vkCreateBuffer = [](VkDevice d, const VkBufferCreateInfo* info,
                                        const VkAllocationCallbacks* a, VkBuffer* buffer) {
            noted_.sharing = info->sharingMode;
            noted_.families.assign(info->pQueueFamilyIndices,
                                   info->pQueueFamilyIndices + info->queueFamilyIndexCount);
            VkBufferCreateInfo exclusive = *info;
            exclusive.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
            exclusive.queueFamilyIndexCount = 0;
            return real_.vkCreateBuffer(d, &exclusive, a, buffer);
        };
        context_.vk.vkCreateCommandPool = [](VkDevice d, const VkCommandPoolCreateInfo* info,
                                             const VkAllocationCallbacks* a, VkCommandPool* pool) {
            noted_.pool_family = info->queueFamilyIndex;
            VkCommandPoolCreateInfo computing = *info;
            computing.queueFamilyIndex = 0;
            return real_.vkCreateCommandPool(d, &computing, a, pool);
        };
        context_.vk.vkCmdPipelineBarrier = [](VkCommandBuffer commands, VkPipelineStageFlags from,
                                              VkPipelineStageFlags to, VkDependencyFlags flags,
                                              uint32_t count, const VkMemoryBarrier* barriers, uint32_t,
                                              const VkBufferMemoryBarrier*, uint32_t,
                                              const VkImageMemoryBarrier*) {
            noted_.stages |= from | to;
            noted_.accesses |= barriers->srcAccessMask | barriers->dstAccessMask;
            real_.vkCmdPipelineBarrier(commands, from, to, flags, count, barriers, 0, nullptr, 0, nullptr);
        };
    }
    FamilyBeside(const FamilyBeside&) = delete;
    ~FamilyBeside() {
        context_.vk = real_;
        context_.plan = real_plan_;
    }

    static const Noted& noted() { return noted_; }

  private:
    Context& context_;
    DevicePlan real_plan_;
    static inline VolkDeviceTable real_;
    static inline Noted noted_;
};

TEST(UploadTest, TwoFamiliesShareTheInputsAndNothingElse) {
    on_every_uploading_device([](Device& device) {
        const FamilyBeside family(device);
        device.allocate(bytes, MemoryKind::inputs, "inputs");
        EXPECT_EQ(family.noted().sharing, VK_SHARING_MODE_CONCURRENT);
        EXPECT_THAT(family.noted().families, testing::ElementsAre(device.plan().queue_family, 7));
        for (const MemoryKind kind : {MemoryKind::device, MemoryKind::upload, MemoryKind::readback}) {
            device.allocate(bytes, kind, "other");
            EXPECT_EQ(family.noted().sharing, VK_SHARING_MODE_EXCLUSIVE);
        }
    });
}

TEST(UploadTest, TwoQueuesOfOneFamilyNeedNotShare) {
    on_every_uploading_device([](Device& device) {
        const FamilyBeside family(device);
        device.impl().context->plan.upload_queue = QueueIndex{device.plan().queue_family, 1};
        device.allocate(bytes, MemoryKind::inputs, "inputs");
        EXPECT_EQ(family.noted().sharing, VK_SHARING_MODE_EXCLUSIVE);
    });
}

TEST(UploadTest, AFamilyThatOnlyTransfersIsAskedForNoStageThatComputes) {
    on_every_uploading_device([](Device& device) {
        const Block host = device.allocate(bytes, MemoryKind::upload, "host");
        const Block inputs = device.allocate(bytes, MemoryKind::inputs, "inputs");
        const FamilyBeside family(device);
        CommandList list = device.record_upload();
        for (int i = 0; i < 2; ++i)  // the second overwrites the first, which takes a barrier
            list.copy({&host, 0, bytes}, {&inputs, 0, bytes});
        list.finish();
        EXPECT_EQ(family.noted().pool_family, 7u);
        EXPECT_EQ(family.noted().stages, VkPipelineStageFlags{VK_PIPELINE_STAGE_TRANSFER_BIT});
        EXPECT_EQ(family.noted().accesses,
                  VkAccessFlags{VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT});
    });
}

TEST(UploadTest, ADeviceIsOpenedWithTheQueuesOfItsPlan) {
    using Queues = std::vector<std::pair<uint32_t, uint32_t>>;  // family and number
    static Queues asked;
    on_every_device([](uint32_t index) {
        auto& vk = test_instance()->impl().handle->vk;
        const auto real = vk.vkCreateDevice;
        vk.vkCreateDevice = [](VkPhysicalDevice, const VkDeviceCreateInfo* info, const VkAllocationCallbacks*,
                               VkDevice*) {
            asked.clear();
            for (uint32_t i = 0; i < info->queueCreateInfoCount; ++i)
                asked.emplace_back(info->pQueueCreateInfos[i].queueFamilyIndex,
                                   info->pQueueCreateInfos[i].queueCount);
            return VK_ERROR_INITIALIZATION_FAILED;
        };
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.queue_family = 2;
        const auto queues_with = [&](std::optional<QueueIndex> upload) {
            plan.upload_queue = upload;
            EXPECT_THROW(test_instance()->open_planned(index, plan), Error);
            return asked;
        };
        EXPECT_EQ(queues_with({}), (Queues{{2, 1}}));
        EXPECT_EQ(queues_with(QueueIndex{1, 0}), (Queues{{2, 1}, {1, 1}}));
        EXPECT_EQ(queues_with(QueueIndex{2, 1}), (Queues{{2, 2}}));
        EXPECT_EQ(queues_with(QueueIndex{2, 0}), (Queues{{2, 1}}));
        vk.vkCreateDevice = real;
    });
}

// --- What is refused ---------------------------------------------------------------------------------------

template <typename Action>
std::string refusal(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(UploadTest, AListOfUploadsCopiesFromTheHostToInputsAndDoesNothingElse) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        CommandList list = device.record_upload();
        const Slice host{&rounds.host, 0, bytes}, inputs{&rounds.inputs, 0, bytes},
            sum{&rounds.sum, 0, bytes};
        EXPECT_THAT(refusal([&] { list.copy(host, sum); }), HasSubstr("copies upload memory into inputs"));
        EXPECT_THAT(refusal([&] { list.copy(sum, inputs); }), HasSubstr("copies upload memory into inputs"));
        EXPECT_THAT(refusal([&] { list.fill(inputs, 0); }),
                    HasSubstr("a fill recorded into a list of uploads"));
        EXPECT_THAT(refusal([&] { record_accumulate(device, list, inputs, sum, 1, "net/first"); }),
                    HasSubstr("'net/first'"));
    });
}

TEST(UploadTest, ListsOfOneQueueAreNotSubmittedToTheOther) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        EXPECT_THAT(refusal([&] { device.submit(rounds.uploads[0]); }),
                    HasSubstr("submitted as one of kernels"));
        EXPECT_THAT(refusal([&] { device.upload(rounds.steps[0], 0); }),
                    HasSubstr("submitted as one of uploads"));
    });
}

TEST(UploadTest, ADeviceWithoutAQueueForThemSaysWhy) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index, {.uploads = UploadPath::in_step});
        EXPECT_THAT(refusal([&] { device->record_upload(); }), HasSubstr("no queue for uploads: asked for"));
    });
}

// --- Failures ------------------------------------------------------------------------------------------------

/// Lets every wait of a device return `result` in its lifetime.
class SemaphoreWaitsReturn {
  public:
    SemaphoreWaitsReturn(Device& device, VkResult result)
        : context_(*device.impl().context), real_(context_.vk) {
        result_ = result;
        context_.vk.vkWaitSemaphores = context_.vk.vkWaitSemaphoresKHR =
            [](VkDevice, const VkSemaphoreWaitInfo*, uint64_t) { return result_; };
    }
    SemaphoreWaitsReturn(const SemaphoreWaitsReturn&) = delete;
    ~SemaphoreWaitsReturn() {
        context_.vk = real_;
        context_.vk.vkDeviceWaitIdle(context_.device);
    }

  private:
    Context& context_;
    VolkDeviceTable real_;
    static inline VkResult result_;
};

TEST(UploadTest, AStepThatWaitsTooLongForItsUploadSaysSo) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        const SemaphoreWaitsReturn timeout(device, VK_TIMEOUT);
        rounds.step(0, rounds.upload(0, 1));
        const std::string why = refusal([&] { device.wait(rounds.tickets[0], 0.25); });
        EXPECT_THAT(why, HasSubstr(device.description()));
        EXPECT_THAT(why,
                    HasSubstr(": an upload, which holds up the 2 dispatches from 'net/first' to 'net/last', "
                              "not done after 0.25 s"));
    });
}

TEST(UploadTest, AStepThatIsLateThoughItsUploadIsDoneIsNamedItself) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        const UploadTicket upload = rounds.upload(0, 1);
        device.wait(upload);
        const SemaphoreWaitsReturn timeout(device, VK_TIMEOUT);
        rounds.step(0, upload);
        EXPECT_THAT(refusal([&] { device.wait(rounds.tickets[0], 0.25); }),
                    HasSubstr(": the 2 dispatches from 'net/first' to 'net/last' not done after 0.25 s"));
    });
}

TEST(UploadTest, ALostDeviceNamesTheWorkOfBothQueues) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        const SemaphoreWaitsReturn lost(device, VK_ERROR_DEVICE_LOST);
        rounds.step(0, rounds.upload(0, 1));
        EXPECT_THAT(refusal([&] { device.wait(rounds.tickets[0]); }),
                    HasSubstr("while running the 2 dispatches from 'net/first' to 'net/last' and an upload"));
    });
}

TEST(UploadTest, ADeviceLostAtAnUploadNamesTheStepThatRan) {
    on_every_uploading_device([](Device& device) {
        Rounds rounds(device);
        rounds.step(0, rounds.upload(0, 1));
        VolkDeviceTable& vk = device.impl().context->vk;
        const auto real = vk.vkQueueSubmit;
        vk.vkQueueSubmit = [](VkQueue, uint32_t, const VkSubmitInfo*, VkFence) {
            return VK_ERROR_DEVICE_LOST;
        };
        const std::string why = refusal([&] { rounds.upload(1, 1); });
        vk.vkQueueSubmit = real;
        EXPECT_THAT(why, HasSubstr("submitting an upload"));
        EXPECT_THAT(why, HasSubstr("'net/last'"));
    });
}

}  // namespace
}  // namespace vkm::engine
