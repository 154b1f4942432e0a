#pragma once

#include <engine/vulkan/context.h>
#include <engine/vulkan/device.h>
#include <engine/vulkan/reflection.h>

namespace vkm::engine {

class Kernel {
  public:
    /// Compiles the kernel. Several threads may do so at once for one device.
    Kernel(std::shared_ptr<const Context>, VkPipelineCache, const KernelSpec&);

    const Context& context() const { return *context_; }
    const KernelSpec& spec() const { return spec_; }
    const std::string& label() const { return label_; }
    const ShaderInterface& interface() const { return interface_; }
    VkDescriptorSetLayout set_layout() const { return set_layout_.get(); }
    VkPipelineLayout layout() const { return layout_.get(); }
    VkPipeline pipeline() const { return pipeline_.get(); }

    std::vector<KernelStatistic> statistics() const;

  private:
    void create_layouts();
    void create_pipeline(VkPipelineCache);

    std::shared_ptr<const Context> context_;
    KernelSpec spec_;
    std::string label_;
    ShaderInterface interface_;
    Handle<VkDescriptorSetLayout> set_layout_;
    Handle<VkPipelineLayout> layout_;
    Handle<VkPipeline> pipeline_;
};

}  // namespace vkm::engine
