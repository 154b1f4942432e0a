#pragma once

#include <engine/cache/cache_file.h>
#include <engine/vulkan/context.h>

#include <filesystem>

namespace vkm::engine {

/// Owns the VkPipelineCache of a device, and loads and saves its file.
/// Whatever goes wrong with the file is no error: it is logged, and kernels are compiled anew.
class PipelineCache {
  public:
    explicit PipelineCache(std::shared_ptr<Context>);
    VkPipelineCache get() const { return cache_.get(); }
    void save() noexcept;

  private:
    std::vector<std::byte> load() const;

    std::shared_ptr<Context> context_;
    CacheIdentity identity_;
    std::filesystem::path path_;  ///< empty where there is no folder for it
    Handle<VkPipelineCache> cache_;
    uint64_t saved_checksum_ = 0;  ///< of what the file holds
};

}  // namespace vkm::engine
