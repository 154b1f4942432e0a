#include <train/device_pace.h>

#include <algorithm>
#include <numeric>

namespace vkm::train {
namespace {

constexpr double least_ratio = 1.25;   // of two sizes that tell the slope apart from noise
constexpr double contradicts = 1.1;    // two times of one size, one by the other
constexpr double least_images = 1e-3;  // for a device that there is no time for

}  // namespace

void DevicePace::add(int64_t images, double seconds) {
    const Measured measured{images, seconds};
    if (latest_ && latest_->images == images) {
        const auto [less, more] = std::minmax(latest_->seconds, seconds);
        if (more > contradicts * less) before_.reset();
    } else if (latest_) {
        before_ = latest_;
    }
    latest_ = measured;
}

// The slope of the line through both, where they are far enough apart and it is one that a device can have.
double DevicePace::per_image() const {
    const double through_zero = latest_->seconds / static_cast<double>(latest_->images);
    if (!before_) return through_zero;
    const auto [less, more] = std::minmax(before_->images, latest_->images);
    if (static_cast<double>(more) < least_ratio * static_cast<double>(less)) return through_zero;
    const double slope =
        (latest_->seconds - before_->seconds) / static_cast<double>(latest_->images - before_->images);
    return slope > 0 ? std::min(slope, through_zero) : through_zero;
}

double DevicePace::seconds(double images) const {
    return latest_->seconds + per_image() * (images - static_cast<double>(latest_->images));
}

double DevicePace::images(double seconds) const {
    return static_cast<double>(latest_->images) + (seconds - latest_->seconds) / per_image();
}

std::vector<double> images_that_end_at_once(std::span<const DevicePace> paces, std::span<const int64_t> most,
                                            int64_t batch_size) {
    const auto images_within = [&](double seconds) {
        std::vector<double> images;
        for (size_t i = 0; i < paces.size(); ++i)
            images.push_back(
                std::clamp(paces[i].images(seconds), least_images, static_cast<double>(most[i])));
        return images;
    };
    double low = 0, high = 0;
    for (size_t i = 0; i < paces.size(); ++i)
        high = std::max(high, paces[i].seconds(static_cast<double>(most[i])));
    for (int halvings = 0; halvings < 60; ++halvings) {
        const double middle = std::midpoint(low, high);
        const std::vector<double> images = images_within(middle);
        const double all = std::accumulate(images.begin(), images.end(), 0.0);
        (all < static_cast<double>(batch_size) ? low : high) = middle;
    }
    return images_within(high);
}

}  // namespace vkm::train
