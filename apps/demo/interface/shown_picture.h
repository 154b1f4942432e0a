#pragma once

#include <engine/present/presenter.h>
#include <image/image.h>

#include <cstdint>
#include <vector>

namespace vkm::demo {

/// Holds a picture as textures have it.
struct Rgba {
    int width = 0, height = 0;
    std::vector<uint8_t> pixels;
};
/// Returns a picture so, scaled down where a side has more pixels than `most`.
Rgba shown(const image::Image&, int most);

/// Keeps the texture of a picture that changes: a camera's, say. Its texture is made anew only when the size is another.
class ShownPicture {
  public:
    explicit ShownPicture(engine::Presenter& presenter) : presenter_(presenter) {}

    void set(const Rgba&);
    engine::TextureId texture() const { return texture_; }
    int width() const { return width_; }
    int height() const { return height_; }

  private:
    engine::Presenter& presenter_;
    engine::TextureId texture_{};
    int width_ = 0, height_ = 0;
};

}  // namespace vkm::demo
