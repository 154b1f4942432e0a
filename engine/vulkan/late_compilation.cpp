#include <engine/vulkan/late_compilation.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

namespace vkm::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned most_helpers = 7;

/// Hands out kernels, each to one taker.
class Queue {
  public:
    explicit Queue(std::vector<const Kernel*> kernels) : kernels_(std::move(kernels)) {}

    const Kernel* take() {
        const size_t mine = next_++;
        return mine < kernels_.size() ? kernels_[mine] : nullptr;
    }
    void stop() { next_ = kernels_.size(); }
    size_t size() const { return kernels_.size(); }

    std::atomic<size_t> done = 0;

  private:
    const std::vector<const Kernel*> kernels_;
    std::atomic<size_t> next_ = 0;
};

/// Compiles kernels of the queue on another device. Returns them.
std::vector<const Kernel*> help(const Context& main, Queue& queue) {
    std::vector<const Kernel*> compiled;
    try {
        Device::Impl device(std::make_shared<Context>(main.instance, main.physical, main.snapshot, main.plan,
                                                      main.description + ", compiling", main.null_device));
        while (const Kernel* const kernel = queue.take()) {
            compiled.push_back(kernel);
            device.dispatch_nothing(Kernel(device.context, VK_NULL_HANDLE, kernel->spec()));
            ++queue.done;
        }
    } catch (const std::exception&) {  // the device that asked compiles them, and says what is wrong
    }
    return compiled;
}

}  // namespace

void compile_at_dispatch(Device::Impl& device, std::span<const Kernel* const> kernels,
                         const std::function<void(size_t, size_t)>& progress, double patience) {
    std::vector<const Kernel*> missing;
    for (const Kernel* const kernel : kernels)
        if (device.dispatched.insert(kernel).second) missing.push_back(kernel);
    // The largest first, so that all end at about the same time.
    std::ranges::stable_sort(missing, std::greater(), [](const Kernel* kernel) {
        return kernel->spec().shader->variant(kernel->spec().storage, kernel->spec().load).size();
    });
    Queue queue(std::move(missing));
    std::vector<std::vector<const Kernel*>> compiled(
        std::min(most_helpers, std::max(1u, std::thread::hardware_concurrency()) - 1));
    std::vector<std::jthread> helpers;
    const std::unique_ptr<Queue, void (*)(Queue*)> stops(
        &queue, [](Queue* q) { q->stop(); });  // before they are joined
    const auto call_helpers = [&] {
        try {
            for (std::vector<const Kernel*>& mine : compiled)
                helpers.emplace_back([&] { mine = help(*device.context, queue); });
        } catch (const std::system_error&) {  // no more threads: fewer will do
            compiled.resize(helpers.size());
        }
    };
    const auto begun = Clock::now();
    while (const Kernel* const kernel = queue.take()) {
        device.dispatch_nothing(*kernel);
        ++queue.done;
        if (progress) progress(queue.done, queue.size());
        if (helpers.empty() && std::chrono::duration<double>(Clock::now() - begun).count() >= patience)
            call_helpers();
    }
    helpers.clear();
    for (const std::vector<const Kernel*>& theirs : compiled)
        for (const Kernel* const kernel : theirs)
            device.dispatch_nothing(*kernel);
    if (progress && queue.size() > 0) progress(queue.size(), queue.size());
}

}  // namespace vkm::engine
