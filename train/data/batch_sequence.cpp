#include <train/data/batch_sequence.h>

#include <algorithm>
#include <limits>

namespace vkm::train {
namespace {

int64_t count_batches(const Dataset& dataset, const LoaderOptions& o) {
    const auto size = static_cast<int64_t>(dataset.size());
    if (size == 0) throw DatasetError("the data set is empty");
    if (o.mode != LoaderMode::training) return (size + o.batch_size - 1) / o.batch_size;
    if (size < o.batch_size) {
        throw DatasetError("{} images are fewer than a batch of {}: lower --batch-size", size, o.batch_size);
    }
    return size / o.batch_size;
}

/// Repeats each of an epoch's first samples, so that the epoch stays as long as it is.
std::vector<uint32_t> repeated(std::vector<uint32_t> order, int64_t repeats) {
    if (repeats == 1) return order;
    std::vector<uint32_t> result(order.size());
    for (size_t i = 0; i < order.size(); ++i)
        result[i] = order[i / static_cast<size_t>(repeats)];
    return result;
}

}  // namespace

BatchSequence::BatchSequence(const Dataset& dataset, const LoaderOptions& options)
    : samples_(dataset.size()),
      options_(options),
      per_epoch_(count_batches(dataset, options)),
      epoch_(options.epoch),
      number_(options.batch),
      lying_(options.shuffle ? dataset.reading_order() : std::vector<uint32_t>{}) {
    if (number_ > per_epoch_)
        throw Error("data loader: batch {} lies beyond the epoch's {}: is this the data the run began with?",
                    number_, per_epoch_);
    left_ = options.end_epoch < 0 ? std::numeric_limits<int64_t>::max()
                                  : std::max<int64_t>(0, (options.end_epoch - epoch_) * per_epoch_ - number_);
}

std::span<const uint32_t> BatchPlan::coming(int row) const {
    const bool begins = row == 0 && !reads_on;
    if (!windows || (!begins && repeat(row) != 0)) return {};
    const size_t place = first + static_cast<size_t>(row);
    const std::span<const uint32_t> lying = windows->lying;
    const size_t now = place / static_cast<size_t>(repeats);
    const size_t next = std::min(lying.size(), now + window);
    if (!begins) return lying.subspan(next, next < lying.size() ? 1 : 0);
    const size_t begin = now / window * window;
    return lying.subspan(begin, std::min(lying.size(), next + 1) - begin);
}

void BatchSequence::begin_epoch() {
    const auto epoch = static_cast<uint64_t>(epoch_);
    std::vector<uint32_t> order;
    if (lying_.empty()) {
        order = epoch_order(samples_, options_.shuffle, options_.seed, epoch);
    } else {
        WindowedOrder windowed =
            windowed_epoch_order(lying_, static_cast<size_t>(options_.shuffle_window), options_.seed, epoch);
        order = std::move(windowed.visits);
        windows_ = std::make_shared<const WindowedOrder>(WindowedOrder{{}, std::move(windowed.lying)});
    }
    order_ = std::make_shared<const std::vector<uint32_t>>(
        repeated(std::move(order), options_.augmentation.repeats));
    reads_on_ = false;
}

BatchPlan BatchSequence::next() {
    if (number_ == per_epoch_) {
        ++epoch_;
        number_ = 0;
        order_.reset();
    }
    if (!order_) begin_epoch();
    BatchPlan plan{.epoch = epoch_,
                   .number = number_,
                   .order = order_,
                   .repeats = options_.augmentation.repeats,
                   .windows = windows_,
                   .window = static_cast<size_t>(options_.shuffle_window),
                   .reads_on = reads_on_};
    reads_on_ = true;
    plan.first = static_cast<size_t>(number_ * options_.batch_size + options_.first_row);
    const int64_t after = static_cast<int64_t>(samples_) - static_cast<int64_t>(plan.first);
    plan.rows = static_cast<int>(std::clamp<int64_t>(after, 0, options_.row_count));
    ++number_;
    --left_;
    return plan;
}

}  // namespace vkm::train
