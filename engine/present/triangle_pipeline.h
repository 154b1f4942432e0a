#pragma once

#include <engine/vulkan/context.h>

namespace vkm::engine {

/// Owns the render pass that begins a window's picture with its background, and the pipeline that draws triangles with
/// a texture into it (shaders/triangles.*). The viewport and the scissor are set as it is recorded.
class TrianglePipeline {
  public:
    TrianglePipeline(const Context&, VkFormat, VkDescriptorSetLayout texture);

    struct Placement {
        float scale[2], offset[2];
    };

    VkRenderPass render_pass() const { return render_pass_.get(); }
    VkPipelineLayout layout() const { return layout_.get(); }
    VkPipeline get() const { return pipeline_.get(); }

  private:
    void make_render_pass(const Context&, VkFormat);
    void make_layout(const Context&, VkDescriptorSetLayout);
    void make_pipeline(const Context&);

    Handle<VkRenderPass> render_pass_;
    Handle<VkPipelineLayout> layout_;
    Handle<VkPipeline> pipeline_;
};

}  // namespace vkm::engine
