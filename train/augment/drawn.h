#pragma once

#include <base/preparation.h>
#include <image/resize.h>
#include <train/augment/policy.h>

namespace vkm::train {

/// Names what random numbers of a training image depend on, and nothing else.
struct DrawKey {
    uint64_t seed = 0;
    int64_t epoch = 0;
    uint32_t sample = 0;   ///< its place in the data set
    int64_t repeat = 0;    ///< of Augmentation::repeats
    int64_t position = 0;  ///< in the epoch, the key of crop-pad4 and of flips
};

/// Says how an image is brought to the input size: `cut`, which may reach beyond the image and is black there, is
/// scaled (`resize` refers to it), and mirrored.
struct Framing {
    image::Rectangle cut;
    image::Resize resize;
    Interpolation interpolation = Interpolation::bilinear;
    bool flipped = false, flipped_vertically = false;
};

/// Says how evaluation frames an image, and training where it does not crop at random.
struct EvaluationFraming {
    double crop_pct = 0.875;
    EvalResize resize = EvalResize::short_side;
    Interpolation interpolation = Interpolation::bilinear;
};

/// Draws how a training image of this size is framed.
Framing draw_framing(const Augmentation&, const DrawKey&, int height, int width, int input_size,
                     const EvaluationFraming&);

/// Draws what is done to its colours: the policy's operations, or where there is none the jitter's.
std::vector<Operation> draw_operations(const Augmentation&, const Policy*, const DrawKey&,
                                       const PolicyInput&);

/// Draws which parts of it are erased: timm's RandomErasing.
std::vector<Erasure> draw_erasures(const Augmentation&, const DrawKey&, int input_size);

}  // namespace vkm::train
