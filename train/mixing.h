#pragma once

#include <base/error.h>
#include <graph/ops/sample_terms.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vkm::train {

/// Reports mixing that cannot be. The message names the option.
class MixingError : public Error {
  public:
    using Error::Error;
};

/// Says how images of a batch are mixed with each other, as timm's Mixup does it: lambda is drawn from
/// Beta(alpha, alpha); mixup adds lambda of an image to 1 - lambda of another, CutMix puts a box of another into
/// it, whose area is 1 - lambda of the image. timm mixes a batch with itself in reverse; here a sample is mixed
/// with its neighbour in the shuffled batch (SampleTerms), which is as random, and does not depend on how a
/// batch is split over devices, as long as every device has an even share.
struct Mixing {
    /// Says who shares a draw: `batch` all samples, `pair` the two that are mixed with each other, `element` nobody.
    enum class Mode : uint8_t { batch, pair, element };

    double mixup_alpha = 0, cutmix_alpha = 0;  ///< 0: that kind is not used
    double probability = 1;                    ///< that a draw mixes at all
    double switch_probability = 0.5;           ///< of CutMix where both are used
    int64_t off_epoch = 0;                     ///< from this epoch on nothing is mixed; 0: always
    Mode mode = Mode::batch;

    bool mixes() const { return mixup_alpha > 0 || cutmix_alpha > 0; }
    /// Throws MixingError.
    void validate() const;

    bool operator==(const Mixing&) const = default;
};

/// Returns --mixup-mode's names, in the order of Mixing::Mode.
std::span<const std::string_view> mixing_modes();

/// Says which sample the terms are for.
struct MixedSample {
    uint64_t seed = 0;
    int64_t step = 0, epoch = 0;
    int64_t batch_start = 0;  ///< of the batch in its epoch: a step may have several
    int64_t place = 0;        ///< in the global batch
};

/// Returns how a sample is mixed; its loss has weight 1.
graph::ops::SampleTerms mixed_terms(const Mixing&, const MixedSample&, int64_t height, int64_t width);

}  // namespace vkm::train
