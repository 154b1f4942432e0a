#include <train/beta.h>
#include <train/mixing.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::train {
namespace {

using graph::ops::SampleTerms;

constexpr std::array<std::string_view, 3> modes{"batch", "pair", "elem"};

Random random_of(const Mixing& mixing, const MixedSample& sample) {
    int64_t sharing = 0;
    if (mixing.mode == Mixing::Mode::pair) sharing = sample.place / 2;
    if (mixing.mode == Mixing::Mode::element) sharing = sample.place;
    return {RandomStream::mixing,
            {sample.seed, static_cast<uint64_t>(sample.step), static_cast<uint64_t>(sample.batch_start),
             static_cast<uint64_t>(sharing)}};
}

// Returns the box of timm's rand_bbox: of 1 - lambda of the area, around a random pixel, cut at the border.
// The label's share is what is left of the image.
SampleTerms box_terms(Random& random, double lambda, int64_t height, int64_t width) {
    const double side = std::sqrt(1 - lambda);
    const auto place = [&](int64_t size, float& first, float& end) {
        const auto cut = static_cast<int64_t>(static_cast<double>(size) * side);
        const auto middle = static_cast<int64_t>(random.below(static_cast<uint32_t>(size)));
        first = static_cast<float>(std::clamp<int64_t>(middle - cut / 2, 0, size));
        end = static_cast<float>(std::clamp<int64_t>(middle + cut / 2, 0, size));
    };
    SampleTerms terms;
    place(height, terms.top, terms.bottom);
    place(width, terms.left, terms.right);
    const double area = double{terms.bottom - terms.top} * double{terms.right - terms.left};
    terms.own_target =
        static_cast<float>(1 - area / (static_cast<double>(height) * static_cast<double>(width)));
    return terms;
}

void require_share(double value, std::string_view option) {
    if (!(value >= 0 && value <= 1))
        throw MixingError("{} is {}; give a probability from 0 to 1", option, value);
}

}  // namespace

std::span<const std::string_view> mixing_modes() {
    return modes;
}

void Mixing::validate() const {
    for (const auto& [option, alpha] : {std::pair("--mixup", mixup_alpha), {"--cutmix", cutmix_alpha}})
        if (!(std::isfinite(alpha) && alpha >= 0))
            throw MixingError("{} is {}; give zero or a positive number", option, alpha);
    require_share(probability, "--mixup-prob");
    require_share(switch_probability, "--mixup-switch-prob");
    if (off_epoch < 0) throw MixingError("--mixup-off-epoch is {}; give an epoch", off_epoch);
}

SampleTerms mixed_terms(const Mixing& mixing, const MixedSample& sample, int64_t height, int64_t width) {
    if (!mixing.mixes() || (mixing.off_epoch > 0 && sample.epoch >= mixing.off_epoch)) return {};
    Random random = random_of(mixing, sample);
    if (random.uniform() >= mixing.probability) return {};
    const bool both = mixing.mixup_alpha > 0 && mixing.cutmix_alpha > 0;
    const bool cut = both ? random.uniform() < mixing.switch_probability : mixing.cutmix_alpha > 0;
    const double lambda = draw_beta(random, cut ? mixing.cutmix_alpha : mixing.mixup_alpha);
    if (cut) return box_terms(random, lambda, height, width);
    const auto share = static_cast<float>(lambda);
    return {.own_pixels = share, .own_target = share};
}

}  // namespace vkm::train
