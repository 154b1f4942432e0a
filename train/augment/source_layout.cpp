#include <base/align.h>
#include <graph/ops/scale_images.h>
#include <train/augment/operations.h>
#include <train/augment/policy.h>
#include <train/augment/source_layout.h>

#include <array>

namespace vkm::train {
namespace {

using graph::ops::ScaleTable;

// A place holds four times the input's pixels: a photograph of 500 x 375 at 224. More would be scaled to less than
// half, which costs the host little beside decoding as much.
constexpr int64_t pixels_of_a_place = 4;
// Portraits are higher than wide. As many rows are kept between the two halves of scaling, at the input's width.
constexpr int64_t heights_of_a_place = 3;
// Bilinear scaling by 1/5 has eleven, bicubic by 2/5 twelve.
constexpr int64_t most_taps = 12;
// Keeps every image's place aligned, so that a batch can be cut between any two.
constexpr int64_t alignment = 256;

graph::ops::Erase erase_of(const Augmentation& augmentation) {
    using graph::ops::Erase;
    if (augmentation.erase == 0) return Erase::nothing;
    constexpr std::array modes{Erase::zero, Erase::colour, Erase::noise};
    return modes[static_cast<size_t>(augmentation.erase_mode)];
}

}  // namespace

int64_t SourceLayout::table_words() const {
    if (most_rows == 0) return alignment / 4;
    const int64_t entry = ScaleTable::weights + most_taps;
    return align_up(ScaleTable::header_words + 2 * size * entry, alignment / 4);
}

SourceLayout source_layout(int64_t input_size, const Augmentation& augmentation, Scaling scaling) {
    SourceLayout layout;
    layout.size = input_size;
    const bool by_device = scaling == Scaling::by_device;
    const int64_t pixels = (by_device ? pixels_of_a_place : 1) * input_size * input_size;
    layout.image_bytes = align_up(3 * pixels + SourceLayout::spare_bytes, alignment);
    if (by_device) {
        layout.most_rows = heights_of_a_place * input_size;
        layout.most_taps = most_taps;
    }
    layout.program = program_layout(augmentation);
    layout.erase = erase_of(augmentation);
    return layout;
}

}  // namespace vkm::train
