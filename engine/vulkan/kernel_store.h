#pragma once

#include <engine/cache/pipeline_cache.h>
#include <engine/vulkan/kernel.h>

#include <map>

namespace vkm::engine {

/// The kernels of a device, each compiled once.
class KernelStore {
  public:
    explicit KernelStore(std::shared_ptr<Context>);

    /// Kernels of the specs, in their order; those not there yet are compiled on all hardware threads.
    std::vector<const Kernel*> get(std::span<const KernelSpec>,
                                   const std::function<void(size_t, size_t)>& progress,
                                   const std::function<void()>& meanwhile);
    size_t size() const { return kernels_.size(); }
    void save() noexcept;

  private:
    /// Code (variants a shader does not have share that of one it has), constants, subgroup pinned or not.
    using Key = std::tuple<const uint32_t*, std::vector<uint32_t>, bool>;
    Key key(const KernelSpec&) const;

    std::shared_ptr<Context> context_;
    PipelineCache cache_;
    std::map<Key, std::unique_ptr<Kernel>> kernels_;
    double unsaved_seconds_ = 0;  ///< spent compiling what the cache's file does not hold yet
};

}  // namespace vkm::engine
