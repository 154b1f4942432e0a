#pragma once

#include <engine/error.h>
#include <engine/vulkan/device.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace vkm::engine {

/// Says that no device here can show pictures in this window. The message says what to do.
class NoPresentation : public Error {
  public:
    using Error::Error;
};

/// Is a corner of a triangle: place in the window, in pixels; place in the texture, 0 to 1; colour, red in the lowest
/// byte, alpha in the highest, not premultiplied. The layout is that of Dear ImGui's vertices.
struct DrawVertex {
    float x = 0, y = 0, u = 0, v = 0;
    uint32_t colour = 0;
};
using DrawIndex = uint16_t;

struct PixelRegion {
    int x = 0, y = 0, width = 0, height = 0;
};

/// Names a texture of a presenter; 0 is none.
enum class TextureId : uint32_t {};

/// Draws triangles with one texture, within a region of the window.
struct DrawCommand {
    TextureId texture{};
    PixelRegion clip;
    uint32_t first_index = 0, index_count = 0;
    int32_t first_vertex = 0;  ///< is added to the indices
};

/// Holds a window's whole picture: triangles in the order in which they are drawn over the background.
struct WindowPicture {
    int width = 0, height = 0;  ///< of the window, pixels
    std::array<float, 3> background{};
    std::span<const DrawVertex> vertices;
    std::span<const DrawIndex> indices;
    std::span<const DrawCommand> commands;
};

/// Shows pictures in a window.
///
/// The presenter has a logical device of its own, on the physical device that computes where that one can show
/// pictures, else on another. So a picture never waits behind a network's work in one queue, and the window outlives a
/// compute device that is lost. At most two pictures are under way. One thread at a time.
class Presenter {
  public:
    /// Makes the window's VkSurfaceKHR for a VkInstance; both travel as plain numbers, so that no header of Vulkan
    /// is needed. Returns 0 where the window library cannot.
    using MakeSurface = std::function<uint64_t(void* instance)>;

    /// Takes an instance with the extensions of the window library (Instance::Options), and the device that computes.
    /// Throws NoPresentation, and what the driver does.
    Presenter(const Instance&, uint32_t preferred_device, const MakeSurface&);
    ~Presenter();
    Presenter(const Presenter&) = delete;

    std::string description() const;  ///< of the device that draws

    /// Makes a texture of so many pixels, at first transparent.
    TextureId make_texture(int width, int height);
    /// Replaces a region's pixels with the next picture: RGBA, row by row. Throws Error where they do not fit.
    void update(TextureId, const PixelRegion&, std::span<const uint8_t> rgba);
    void drop(TextureId);

    /// Shows a picture; returns false where the window has no pixels now. A window of another size than the picture's
    /// shows the next one. Throws DeviceLost and what else the driver does.
    bool present(const WindowPicture&);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vkm::engine
