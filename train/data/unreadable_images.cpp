#include <train/data/unreadable_images.h>

#include <spdlog/spdlog.h>

namespace vkm::train {

void UnreadableImages::add(const std::string& name, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    if (names_.insert(name).second) spdlog::warn("{}", problem);
}

int64_t UnreadableImages::count() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int64_t>(names_.size());
}

std::set<std::string> UnreadableImages::names() const {
    const std::lock_guard lock(mutex_);
    return names_;
}

}  // namespace vkm::train
