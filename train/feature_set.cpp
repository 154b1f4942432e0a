#include <train/feature_set.h>

#include <algorithm>

namespace vkm::train {
namespace {

constexpr uint64_t most_bytes = uint64_t{4} << 30;

}  // namespace

FeatureSet::FeatureSet(std::shared_ptr<const Dataset> images, int64_t draws)
    : images_(std::move(images)), draws_(draws), kept_(images_->size() * static_cast<size_t>(draws), 0) {}

void FeatureSet::reserve(int64_t row_bytes) {
    const uint64_t bytes = kept_.size() * static_cast<uint64_t>(row_bytes);
    if (bytes > most_bytes)
        throw DatasetError(
            "the features of {} images, {} draws each, are {} MB, and {} at most are kept: lower --cache-features, "
            "freeze more of the network, or leave --cache-features out",
            images_->size(), draws_, bytes >> 20, most_bytes >> 20);
    row_bytes_ = static_cast<size_t>(row_bytes);
    rows_.resize(bytes);
}

void FeatureSet::keep(size_t index, int64_t draw, FeatureRow row) {
    if (row.size() != row_bytes_) throw Error("{} bytes are no features of {}", row.size(), row_bytes_);
    const size_t at = place(index, draw);
    std::ranges::copy(row, rows_.begin() + static_cast<ptrdiff_t>(at * row_bytes_));
    kept_.at(at) = 1;
}

Sample FeatureSet::sample(size_t index) const {
    throw Error("{} is kept as features", name(index));
}

FeatureRow FeatureSet::features(size_t index, int64_t epoch) const {
    const size_t at = place(index, epoch % draws_);
    if (kept_.at(at) == 0) throw image::ImageError("{}: no features could be made of it", name(index));
    return std::span(rows_).subspan(at * row_bytes_, row_bytes_);
}

}  // namespace vkm::train
