#pragma once

#include <engine/cache/pipeline_cache.h>
#include <engine/vulkan/kernel.h>

#include <map>

namespace vkm::engine {

/// Owns the kernels of a device, each compiled once.
class KernelStore {
  public:
    explicit KernelStore(std::shared_ptr<Context>);

    /// Returns the kernels of the specs, in their order. All hardware threads compile those not there yet.
    std::vector<const Kernel*> get(std::span<const KernelSpec>,
                                   const std::function<void(size_t, size_t)>& progress,
                                   const std::function<void()>& meanwhile);
    size_t size() const { return kernels_.size(); }
    void save() noexcept;

  private:
    /// Code, constants, subgroup pinned or not. A variant that a shader lacks has the code of one it has.
    using Key = std::tuple<const uint32_t*, std::vector<uint32_t>, bool>;
    Key key(const KernelSpec&) const;

    std::shared_ptr<Context> context_;
    PipelineCache cache_;
    std::map<Key, std::unique_ptr<Kernel>> kernels_;
    double unsaved_seconds_ = 0;  ///< spent compiling what the cache's file does not hold yet
};

}  // namespace vkm::engine
