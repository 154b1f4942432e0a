#include <engine/vulkan/abandoned.h>
#include <engine/vulkan/context.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

namespace vkm::engine {
namespace {

std::atomic<bool> any = false;  // read for every object that is destroyed
std::mutex mutex;

std::vector<std::shared_ptr<Context>>& abandoned() {
    static auto* const contexts = new std::vector<std::shared_ptr<Context>>;  // never destroyed
    return *contexts;
}

}  // namespace

void abandon(std::shared_ptr<Context> context) {
    const std::lock_guard lock(mutex);
    abandoned().push_back(std::move(context));
    any = true;
}

bool is_abandoned(VkDevice device) noexcept {
    if (!any) return false;
    const std::lock_guard lock(mutex);
    return std::ranges::any_of(abandoned(), [&](const auto& context) { return context->device == device; });
}

}  // namespace vkm::engine
