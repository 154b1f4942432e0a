#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

namespace vkm::train {

/// Remembers which images could not be read, so that each is named once and counts once, however many epochs
/// and loaders meet it. Every member is safe to call from several threads at once.
class UnreadableImages {
  public:
    /// Says why an image (Dataset::name) could not be read, unless that was said before.
    void add(const std::string& name, const std::string& problem);

    int64_t count() const;
    std::set<std::string> names() const;

  private:
    mutable std::mutex mutex_;
    std::set<std::string> names_;
};

}  // namespace vkm::train
