#include "faulty_device.h"

namespace vkm::test {
namespace {

struct State {
    std::atomic<VkResult> result{VK_SUCCESS};
    std::atomic<int> calls_before{0}, times{0}, calls{0};
};
State states[FaultyDevice::function_count];
std::atomic<int> live{0};
VolkDeviceTable real;  // the same for every device of a driver

// Returns the result that a call is to return instead of doing its work; VK_SUCCESS: it does its work.
VkResult fault(FaultyDevice::Function function) {
    State& state = states[function];
    ++state.calls;
    if (state.result == VK_SUCCESS) return VK_SUCCESS;
    if (state.calls_before-- > 0 || state.times-- <= 0) return VK_SUCCESS;
    return state.result;
}

template <typename Call>
VkResult unless(FaultyDevice::Function function, Call call) {
    const VkResult result = fault(function);
    return result == VK_SUCCESS ? call() : result;
}

template <typename Call>
VkResult counted(Call call) {
    const VkResult result = call();
    live += result == VK_SUCCESS;
    return result;
}

template <typename T>
void count_destroyed(T object) {
    live -= object != T{};
}

void replace(VolkDeviceTable& vk) {
    vk.vkQueueSubmit = [](VkQueue queue, uint32_t count, const VkSubmitInfo* info, VkFence fence) {
        return unless(FaultyDevice::submit, [&] { return real.vkQueueSubmit(queue, count, info, fence); });
    };
    vk.vkWaitForFences = [](VkDevice device, uint32_t count, const VkFence* fences, VkBool32 all,
                            uint64_t bound) {
        return unless(FaultyDevice::wait,
                      [&] { return real.vkWaitForFences(device, count, fences, all, bound); });
    };
    vk.vkWaitSemaphores = [](VkDevice device, const VkSemaphoreWaitInfo* info, uint64_t bound) {
        return unless(FaultyDevice::wait, [&] { return real.vkWaitSemaphores(device, info, bound); });
    };
    vk.vkWaitSemaphoresKHR = [](VkDevice device, const VkSemaphoreWaitInfo* info, uint64_t bound) {
        return unless(FaultyDevice::wait, [&] { return real.vkWaitSemaphoresKHR(device, info, bound); });
    };
    vk.vkAllocateMemory = [](VkDevice device, const VkMemoryAllocateInfo* info,
                             const VkAllocationCallbacks* a, VkDeviceMemory* memory) {
        return unless(FaultyDevice::allocate, [&] {
            return counted([&] { return real.vkAllocateMemory(device, info, a, memory); });
        });
    };
    vk.vkFreeMemory = [](VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks* a) {
        count_destroyed(memory);
        real.vkFreeMemory(device, memory, a);
    };
    vk.vkCreateBuffer = [](VkDevice device, const VkBufferCreateInfo* info, const VkAllocationCallbacks* a,
                           VkBuffer* buffer) {
        return counted([&] { return real.vkCreateBuffer(device, info, a, buffer); });
    };
    vk.vkDestroyBuffer = [](VkDevice device, VkBuffer buffer, const VkAllocationCallbacks* a) {
        count_destroyed(buffer);
        real.vkDestroyBuffer(device, buffer, a);
    };
    vk.vkCreateCommandPool = [](VkDevice device, const VkCommandPoolCreateInfo* info,
                                const VkAllocationCallbacks* a, VkCommandPool* pool) {
        return counted([&] { return real.vkCreateCommandPool(device, info, a, pool); });
    };
    vk.vkDestroyCommandPool = [](VkDevice device, VkCommandPool pool, const VkAllocationCallbacks* a) {
        count_destroyed(pool);
        real.vkDestroyCommandPool(device, pool, a);
    };
    vk.vkCreateComputePipelines = [](VkDevice device, VkPipelineCache cache, uint32_t count,
                                     const VkComputePipelineCreateInfo* info, const VkAllocationCallbacks* a,
                                     VkPipeline* pipelines) {
        return unless(FaultyDevice::create_pipeline, [&] {
            return counted(
                [&] { return real.vkCreateComputePipelines(device, cache, count, info, a, pipelines); });
        });
    };
    vk.vkDestroyPipeline = [](VkDevice device, VkPipeline pipeline, const VkAllocationCallbacks* a) {
        count_destroyed(pipeline);
        real.vkDestroyPipeline(device, pipeline, a);
    };
}

}  // namespace

FaultyDevice::FaultyDevice(const graph::DeviceOptions& options)
    : device_(graph::open_device(*engine::test_instance(), engine::test_device(), options)) {
    VolkDeviceTable& vk = device_->device().impl().context->vk;
    real = vk;
    replace(vk);
}

FaultyDevice::~FaultyDevice() = default;

void FaultyDevice::plan(Function function, VkResult result, int calls_before, int times) {
    states[function].calls_before = calls_before;
    states[function].times = times;
    states[function].result = result;
}

void FaultyDevice::heal() {
    for (State& state : states) {
        state.result = VK_SUCCESS;
        state.calls = 0;
    }
}

int FaultyDevice::calls(Function function) {
    return states[function].calls;
}

int FaultyDevice::live_objects() {
    return live;
}

}  // namespace vkm::test
