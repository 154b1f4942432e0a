#include <engine/present/presenter.h>
#include <engine/present/triangle_pipeline.h>

#include <array>
#include <cstddef>
#include <span>

namespace vkm::engine {
namespace {

#include "triangles.frag.spv.h"
#include "triangles.vert.spv.h"

Handle<VkShaderModule> module_of(const Context& context, std::span<const uint32_t> code) {
    auto info = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    info.codeSize = code.size_bytes();
    info.pCode = code.data();
    return context.create(&VolkDeviceTable::vkCreateShaderModule, &VolkDeviceTable::vkDestroyShaderModule,
                          info, "loading a window's shader");
}

VkPipelineShaderStageCreateInfo stage(VkShaderStageFlagBits kind, const Handle<VkShaderModule>& module) {
    auto info =
        structure<VkPipelineShaderStageCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
    info.stage = kind;
    info.module = module.get();
    info.pName = "main";
    return info;
}

// Puts a colour over what is there: alpha * over + (1 - alpha) * under. The window itself remains opaque.
VkPipelineColorBlendAttachmentState over() {
    VkPipelineColorBlendAttachmentState blend{};
    blend.blendEnable = VK_TRUE;
    blend.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
    blend.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
    blend.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
    blend.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
    blend.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT |
                           VK_COLOR_COMPONENT_A_BIT;
    return blend;
}

constexpr VkVertexInputBindingDescription vertex_binding{0, sizeof(DrawVertex), VK_VERTEX_INPUT_RATE_VERTEX};
constexpr std::array<VkVertexInputAttributeDescription, 3> vertex_attributes{{
    {0, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(DrawVertex, x)},
    {1, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(DrawVertex, u)},
    {2, 0, VK_FORMAT_R8G8B8A8_UNORM, offsetof(DrawVertex, colour)},
}};

}  // namespace

TrianglePipeline::TrianglePipeline(const Context& context, VkFormat format, VkDescriptorSetLayout texture) {
    make_render_pass(context, format);
    make_layout(context, texture);
    make_pipeline(context);
}

void TrianglePipeline::make_render_pass(const Context& context, VkFormat format) {
    VkAttachmentDescription window{};
    window.format = format;
    window.samples = VK_SAMPLE_COUNT_1_BIT;
    window.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    window.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    window.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    window.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    window.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
    window.finalLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR;
    const VkAttachmentReference colour{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &colour;
    // The image may be written when the presentation has let it go, for which the submit waits in this stage.
    VkSubpassDependency released{};
    released.srcSubpass = VK_SUBPASS_EXTERNAL;
    released.srcStageMask = released.dstStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    released.dstAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
    auto info = structure<VkRenderPassCreateInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO);
    info.attachmentCount = 1;
    info.pAttachments = &window;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 1;
    info.pDependencies = &released;
    render_pass_ = context.create(&VolkDeviceTable::vkCreateRenderPass, &VolkDeviceTable::vkDestroyRenderPass,
                                  info, "making a render pass");
}

void TrianglePipeline::make_layout(const Context& context, VkDescriptorSetLayout texture) {
    const VkPushConstantRange placement{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(Placement)};
    auto info = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
    info.setLayoutCount = 1;
    info.pSetLayouts = &texture;
    info.pushConstantRangeCount = 1;
    info.pPushConstantRanges = &placement;
    layout_ = context.create(&VolkDeviceTable::vkCreatePipelineLayout,
                             &VolkDeviceTable::vkDestroyPipelineLayout, info, "making a pipeline layout");
}

void TrianglePipeline::make_pipeline(const Context& context) {
    const Handle<VkShaderModule> vertex = module_of(context, triangles_vert),
                                 fragment = module_of(context, triangles_frag);
    const std::array stages{stage(VK_SHADER_STAGE_VERTEX_BIT, vertex),
                            stage(VK_SHADER_STAGE_FRAGMENT_BIT, fragment)};

    auto input = structure<VkPipelineVertexInputStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO);
    input.vertexBindingDescriptionCount = 1;
    input.pVertexBindingDescriptions = &vertex_binding;
    input.vertexAttributeDescriptionCount = static_cast<uint32_t>(vertex_attributes.size());
    input.pVertexAttributeDescriptions = vertex_attributes.data();
    auto assembly = structure<VkPipelineInputAssemblyStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO);
    assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    auto viewport =
        structure<VkPipelineViewportStateCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO);
    viewport.viewportCount = viewport.scissorCount = 1;
    auto raster = structure<VkPipelineRasterizationStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO);
    raster.polygonMode = VK_POLYGON_MODE_FILL;
    raster.cullMode = VK_CULL_MODE_NONE;
    raster.lineWidth = 1;
    auto samples = structure<VkPipelineMultisampleStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO);
    samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    const VkPipelineColorBlendAttachmentState attachment = over();
    auto blend = structure<VkPipelineColorBlendStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO);
    blend.attachmentCount = 1;
    blend.pAttachments = &attachment;
    constexpr std::array states{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    auto dynamic =
        structure<VkPipelineDynamicStateCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO);
    dynamic.dynamicStateCount = static_cast<uint32_t>(states.size());
    dynamic.pDynamicStates = states.data();

    auto info = structure<VkGraphicsPipelineCreateInfo>(VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO);
    info.stageCount = static_cast<uint32_t>(stages.size());
    info.pStages = stages.data();
    info.pVertexInputState = &input;
    info.pInputAssemblyState = &assembly;
    info.pViewportState = &viewport;
    info.pRasterizationState = &raster;
    info.pMultisampleState = &samples;
    info.pColorBlendState = &blend;
    info.pDynamicState = &dynamic;
    info.layout = layout_.get();
    info.renderPass = render_pass_.get();
    VkPipeline pipeline = VK_NULL_HANDLE;
    context.check(
        context.vk.vkCreateGraphicsPipelines(context.device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline),
        "making the window's pipeline");
    pipeline_ = Handle<VkPipeline>(context.device, pipeline, context.vk.vkDestroyPipeline);
}

}  // namespace vkm::engine
