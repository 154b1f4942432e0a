#include <engine/present/swapchain.h>
#include <engine/present/textures.h>
#include <engine/present/triangle_pipeline.h>
#include <engine/vulkan/instance_impl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace vkm::engine {
namespace {

constexpr uint64_t pictures_under_way = 2;
constexpr uint64_t a_while =
    100'000'000;                   // nanoseconds: longer than drawing takes, short enough for a person
constexpr int longest_wait = 100;  // whiles in which the program runs; a suspension adds one at most

DevicePlan plan_of(uint32_t family) {
    DevicePlan plan;
    plan.queue_family = family;
    plan.extensions = {VK_KHR_SWAPCHAIN_EXTENSION_NAME};
    return plan;
}

// Opens the preferred device, or the first other one that can show pictures in the window.
std::shared_ptr<Context> open(const Instance::Impl& instance, const Surface& surface, uint32_t preferred) {
    std::vector<uint32_t> order{preferred};
    for (uint32_t i = 0; i < instance.physical.size(); ++i)
        if (i != preferred) order.push_back(i);
    for (const uint32_t index : order) {
        if (index >= instance.physical.size() || instance.null_device[index]) continue;
        const DeviceSnapshot& snapshot = instance.snapshots[index];
        const std::optional<uint32_t> family = surface.family_of(instance.physical[index]);
        if (!family || !snapshot.has(VK_KHR_SWAPCHAIN_EXTENSION_NAME)) continue;
        return std::make_shared<Context>(instance.handle, instance.physical[index], snapshot,
                                         plan_of(*family),
                                         fmt::format("device {} ({}), drawing", index, snapshot.name), false);
    }
    throw NoPresentation(
        "no Vulkan device here can draw into this window: install a driver for the GPU that the display is on, or "
        "mesa-vulkan-drivers for the CPU");
}

// What one of the pictures under way needs.
struct Frame {
    explicit Frame(const Context& context)
        : vertices(context, VK_BUFFER_USAGE_VERTEX_BUFFER_BIT),
          indices(context, VK_BUFFER_USAGE_INDEX_BUFFER_BIT),
          staging(context, VK_BUFFER_USAGE_TRANSFER_SRC_BIT) {
        auto fence = structure<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
        fence.flags = VK_FENCE_CREATE_SIGNALED_BIT;
        done = context.create(&VolkDeviceTable::vkCreateFence, &VolkDeviceTable::vkDestroyFence, fence,
                              "creating a fence");
        acquired = context.create(&VolkDeviceTable::vkCreateSemaphore, &VolkDeviceTable::vkDestroySemaphore,
                                  structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO),
                                  "creating a semaphore");
        auto info = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
        info.queueFamilyIndex = context.plan.queue_family;
        pool = context.create(&VolkDeviceTable::vkCreateCommandPool, &VolkDeviceTable::vkDestroyCommandPool,
                              info, "making a command pool");
        auto buffer = structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
        buffer.commandPool = pool.get();
        buffer.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
        buffer.commandBufferCount = 1;
        context.check(context.vk.vkAllocateCommandBuffers(context.device, &buffer, &commands),
                      "making a command buffer");
    }

    MappedBuffer vertices, indices, staging;
    Handle<VkFence> done;
    Handle<VkSemaphore> acquired;
    Handle<VkCommandPool> pool;
    VkCommandBuffer commands = VK_NULL_HANDLE;
};

// Returns the part of a region that lies in the picture.
VkRect2D clipped(const PixelRegion& region, VkExtent2D extent) {
    const int left = std::clamp(region.x, 0, static_cast<int>(extent.width)),
              top = std::clamp(region.y, 0, static_cast<int>(extent.height));
    const int right = std::clamp(region.x + region.width, left, static_cast<int>(extent.width)),
              bottom = std::clamp(region.y + region.height, top, static_cast<int>(extent.height));
    return {{left, top}, {static_cast<uint32_t>(right - left), static_cast<uint32_t>(bottom - top)}};
}

}  // namespace

struct Presenter::Impl {
    Impl(const Instance& instance, uint32_t preferred, const MakeSurface& make)
        : surface(instance.impl().handle, make),
          context(open(instance.impl(), surface, preferred)),
          format(surface.format(context->physical)),
          textures(*context),
          pipeline(*context, format.format, textures.layout()) {
        context->vk.vkGetDeviceQueue(context->device, context->plan.queue_family, 0, &queue);
        for (size_t i = 0; i < pictures_under_way; ++i)
            frames.push_back(std::make_unique<Frame>(*context));
    }
    ~Impl() { context->vk.vkDeviceWaitIdle(context->device); }

    // Makes the images of a window of this size; false where it has no pixels.
    bool remake(VkExtent2D wanted) {
        const VkExtent2D extent = Swapchain::extent_of(surface.capabilities(context->physical), wanted);
        context->check(context->vk.vkDeviceWaitIdle(context->device), "waiting for the window's pictures");
        if (extent.width == 0 || extent.height == 0) return false;
        std::optional<Swapchain> before = std::move(swapchain);
        swapchain.reset();
        swapchain.emplace(*context, surface, format, pipeline.render_pass(), extent,
                          before ? before->get() : VK_NULL_HANDLE);
        stale = false;
        return true;
    }

    // Waits until a frame's last picture is drawn. The device's clock runs on while the program is suspended.
    void wait_for(VkFence fence) const {
        for (int whiles = 1;; ++whiles) {
            const VkResult result = context->vk.vkWaitForFences(context->device, 1, &fence, VK_TRUE, a_while);
            if (result == VK_TIMEOUT && whiles < longest_wait) continue;
            return context->check(result, "waiting for a picture");
        }
    }

    // Returns the next image to draw into; nothing where the window has changed, or shows none for a while: it is
    // hidden.
    std::optional<uint32_t> acquire(const Frame& frame) {
        uint32_t image = 0;
        const VkResult result = context->vk.vkAcquireNextImageKHR(
            context->device, swapchain->get(), a_while, frame.acquired.get(), VK_NULL_HANDLE, &image);
        if (result == VK_TIMEOUT || result == VK_NOT_READY) return {};
        if (result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_ERROR_SURFACE_LOST_KHR) {
            stale = true;
            return {};
        }
        if (result == VK_SUBOPTIMAL_KHR)
            stale = true;  // it can still be shown
        else
            context->check(result, "waiting for the window");
        return image;
    }

    bool present(const WindowPicture& picture) {
        const VkExtent2D wanted{static_cast<uint32_t>(std::max(picture.width, 0)),
                                static_cast<uint32_t>(std::max(picture.height, 0))};
        const bool resized = swapchain && (swapchain->extent().width != wanted.width ||
                                           swapchain->extent().height != wanted.height);
        if ((!swapchain || stale || resized) && !remake(wanted)) {
            swapchain.reset();
            return false;
        }
        Frame& frame = *frames[number % pictures_under_way];
        const VkFence fence = frame.done.get();
        wait_for(fence);
        if (number > pictures_under_way) textures.collect(number - pictures_under_way);
        std::optional<uint32_t> image = acquire(frame);
        if (!image) return true;
        context->check(context->vk.vkResetFences(context->device, 1, &fence), "resetting a fence");
        ++number;
        textures.begin(number);
        record(frame, swapchain->image(*image), picture);
        submit(frame, swapchain->image(*image));
        show(*image);
        return true;
    }

    void record(Frame& frame, const Swapchain::Image& image, const WindowPicture& picture) {
        context->check(context->vk.vkResetCommandPool(context->device, frame.pool.get(), 0), "drawing");
        auto begin = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
        begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
        context->check(context->vk.vkBeginCommandBuffer(frame.commands, &begin), "drawing");
        if (const uint64_t bytes = textures.staged_bytes(); bytes > 0) {
            std::byte* const mapped = frame.staging.reserve(bytes);
            textures.record_updates(frame.commands, frame.staging.get(), mapped);
        }
        VkClearValue background{};
        background.color = {{picture.background[0], picture.background[1], picture.background[2], 1}};
        auto pass = structure<VkRenderPassBeginInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO);
        pass.renderPass = pipeline.render_pass();
        pass.framebuffer = image.framebuffer.get();
        pass.renderArea.extent = swapchain->extent();
        pass.clearValueCount = 1;
        pass.pClearValues = &background;
        context->vk.vkCmdBeginRenderPass(frame.commands, &pass, VK_SUBPASS_CONTENTS_INLINE);
        if (!picture.commands.empty()) draw(frame, picture);
        context->vk.vkCmdEndRenderPass(frame.commands);
        context->check(context->vk.vkEndCommandBuffer(frame.commands), "drawing");
    }

    void draw(Frame& frame, const WindowPicture& picture) {
        const VolkDeviceTable& vk = context->vk;
        std::memcpy(frame.vertices.reserve(picture.vertices.size_bytes()), picture.vertices.data(),
                    picture.vertices.size_bytes());
        std::memcpy(frame.indices.reserve(picture.indices.size_bytes()), picture.indices.data(),
                    picture.indices.size_bytes());
        const VkExtent2D extent = swapchain->extent();
        const VkViewport viewport{0, 0, static_cast<float>(extent.width), static_cast<float>(extent.height),
                                  0, 1};
        const TrianglePipeline::Placement placement{{2 / viewport.width, 2 / viewport.height}, {-1, -1}};
        const VkBuffer vertices = frame.vertices.get();
        const VkDeviceSize start = 0;
        vk.vkCmdBindPipeline(frame.commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline.get());
        vk.vkCmdBindVertexBuffers(frame.commands, 0, 1, &vertices, &start);
        vk.vkCmdBindIndexBuffer(frame.commands, frame.indices.get(), 0, VK_INDEX_TYPE_UINT16);
        vk.vkCmdSetViewport(frame.commands, 0, 1, &viewport);
        vk.vkCmdPushConstants(frame.commands, pipeline.layout(), VK_SHADER_STAGE_VERTEX_BIT, 0,
                              sizeof placement, &placement);
        for (const DrawCommand& command : picture.commands) {
            const VkRect2D scissor = clipped(command.clip, extent);
            if (scissor.extent.width == 0 || scissor.extent.height == 0) continue;
            const VkDescriptorSet texture = textures.set(command.texture);
            vk.vkCmdSetScissor(frame.commands, 0, 1, &scissor);
            vk.vkCmdBindDescriptorSets(frame.commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline.layout(), 0,
                                       1, &texture, 0, nullptr);
            vk.vkCmdDrawIndexed(frame.commands, command.index_count, 1, command.first_index,
                                command.first_vertex, 0);
        }
    }

    void submit(const Frame& frame, const Swapchain::Image& image) {
        const VkSemaphore acquired = frame.acquired.get(), drawn = image.drawn.get();
        const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
        auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
        info.waitSemaphoreCount = info.commandBufferCount = info.signalSemaphoreCount = 1;
        info.pWaitSemaphores = &acquired;
        info.pWaitDstStageMask = &stage;
        info.pCommandBuffers = &frame.commands;
        info.pSignalSemaphores = &drawn;
        context->check(context->vk.vkQueueSubmit(queue, 1, &info, frame.done.get()), "drawing");
    }

    void show(uint32_t index) {
        const VkSemaphore drawn = swapchain->image(index).drawn.get();
        const VkSwapchainKHR shown = swapchain->get();
        auto info = structure<VkPresentInfoKHR>(VK_STRUCTURE_TYPE_PRESENT_INFO_KHR);
        info.waitSemaphoreCount = info.swapchainCount = 1;
        info.pWaitSemaphores = &drawn;
        info.pSwapchains = &shown;
        info.pImageIndices = &index;
        const VkResult result = context->vk.vkQueuePresentKHR(queue, &info);
        if (result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_SUBOPTIMAL_KHR ||
            result == VK_ERROR_SURFACE_LOST_KHR)
            stale = true;
        else
            context->check(result, "showing a picture");
    }

    Surface surface;
    std::shared_ptr<Context> context;
    VkSurfaceFormatKHR format;
    Textures textures;
    TrianglePipeline pipeline;
    VkQueue queue = VK_NULL_HANDLE;
    std::optional<Swapchain> swapchain;
    bool stale = false;  ///< the window's images are of another size than it
    std::vector<std::unique_ptr<Frame>> frames;
    uint64_t number = 0;  ///< pictures that were begun
};

Presenter::Presenter(const Instance& instance, uint32_t preferred_device, const MakeSurface& make)
    : impl_(std::make_unique<Impl>(instance, preferred_device, make)) {}
Presenter::~Presenter() = default;

std::string Presenter::description() const {
    return impl_->context->description;
}
TextureId Presenter::make_texture(int width, int height) {
    return impl_->textures.make(width, height);
}
void Presenter::update(TextureId texture, const PixelRegion& region, std::span<const uint8_t> rgba) {
    impl_->textures.update(texture, region, rgba);
}
void Presenter::drop(TextureId texture) {
    impl_->textures.drop(texture);
}
bool Presenter::present(const WindowPicture& picture) {
    return impl_->present(picture);
}

}  // namespace vkm::engine
