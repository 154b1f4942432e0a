#pragma once

#include <graph/ops/colours.h>
#include <train/augmentation.h>

namespace vkm::train {

/// Says how images of any size reach a device, whose kernels bring them to the input size: graph/ops/scale_images.h
/// and colours.h. Each has a place of its own, for at most so many bytes, rows and weights. An image that needs more
/// is scaled by the host, which gives the same bytes; so the bounds cost memory or time, and change no result.
struct SourceLayout {
    int64_t size = 0;         ///< of the network's input
    int64_t image_bytes = 0;  ///< of a place
    int64_t most_rows = 0;    ///< 0: the host scales all of them
    int64_t most_taps = 0;    ///< of a pixel, each way
    graph::ops::ColourProgram program = {};
    graph::ops::Erase erase = graph::ops::Erase::nothing;

    bool operator==(const SourceLayout&) const = default;
    /// Returns the bytes of pixels that a place can hold.
    int64_t pixel_bytes() const { return image_bytes - spare_bytes; }
    int64_t table_words() const;

    static constexpr int64_t spare_bytes = 8;  ///< that kernels may read beyond the last pixel
};

/// Says who scales images. Both give the same bytes. A device that is software does it on the same processor as the host,
/// but with a tenth of its speed.
enum class Scaling : uint8_t { by_device, by_host };

/// Returns the layout of training images; of an augmentation that does nothing, that of evaluation.
SourceLayout source_layout(int64_t input_size, const Augmentation& = {}, Scaling = Scaling::by_device);

}  // namespace vkm::train
