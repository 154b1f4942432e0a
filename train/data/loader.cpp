#include <train/data/batch_ring.h>
#include <train/data/loader.h>
#include <train/data/row_writer.h>

#include <algorithm>
#include <thread>

namespace vkm::train {
namespace {

/// So many unreadable samples in a row are not an accident of single files.
constexpr size_t max_replacements = 100;

/// Writes row `row` of the batch: its own sample, or in training the next in order that can be read.
void fill(const RowWriter& writer, LoaderMode mode, BatchRing::Slot& slot, int row) {
    const bool replace = mode == LoaderMode::training;
    const size_t attempts = replace ? std::min(slot.plan.order->size(), max_replacements + 1) : 1;
    std::vector<Unreadable>& unreadable = slot.unreadable[static_cast<size_t>(row)];
    for (size_t attempt = 0; attempt < attempts; ++attempt) {
        const uint32_t sample = slot.plan.sample(row, attempt);
        try {
            writer.write(slot.batch, row, sample, slot.plan.repeat(row));
            slot.filled[static_cast<size_t>(row)] = 1;
            return;
        } catch (const image::ImageError& error) {
            unreadable.push_back({sample, error.what()});
        }
    }
    if (replace)
        throw DatasetError("none of {} images in a row can be read: check the data set; the first is {}",
                           attempts, unreadable.front().problem);
}

std::vector<Batch> empty_batches(const RowWriter& writer, int count) {
    std::vector<Batch> batches;
    while (static_cast<int>(batches.size()) < count)
        batches.push_back(writer.empty_batch());
    return batches;
}

}  // namespace

/// Holds what the workers, the consumer and the leases share.
struct Loader::State {
    State(std::shared_ptr<const Dataset> data, const LoaderOptions& wanted)
        : options(resolved(wanted)),
          dataset(std::move(data)),
          sequence(*dataset, options),
          writer(dataset, options),
          ring(empty_batches(writer, options.batches_ahead), sequence, options.workers),
          batches_to_deliver(sequence.left()) {}

    void work() {
        while (const std::optional<BatchRing::Share> share = ring.take_share())
            ring.finish_share(*share, caught([&] {
                for (int row = share->begin; row < share->end; ++row) {
                    if (const auto coming = share->slot->plan.coming(row); !coming.empty())
                        dataset->will_need(coming);
                    fill(writer, options.mode, *share->slot, row);
                }
            }));
    }

    /// Starts the workers. Fewer than asked for will do.
    void start() {
        threads.reserve(static_cast<size_t>(options.workers));
        for (int i = 0; i < options.workers; ++i) {
            try {
                threads.emplace_back([this] { work(); });
            } catch (const std::system_error& error) {
                if (!threads.empty()) break;
                throw Error(
                    "no thread can be started to read images ({}): end other programs, or raise the limit of "
                    "processes (ulimit -u)",
                    error.code().message());
            }
        }
    }

    const LoaderOptions options;
    const std::shared_ptr<const Dataset> dataset;
    const BatchSequence sequence;  ///< as it begins
    const RowWriter writer;
    BatchRing ring;
    std::vector<std::thread> threads;

    // These belong to the consumer alone.
    int64_t batches_to_deliver, delivered_rows = 0, lost_rows = 0;
    std::exception_ptr failure;
};

Loader::Loader(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options)
    : state_(std::make_shared<State>(std::move(dataset), options)) {
    state_->start();
}

Loader::~Loader() {
    state_->ring.stop();
    for (std::thread& thread : state_->threads)
        thread.join();
}

Loader::Lease Loader::next() {
    State& state = *state_;
    if (state.failure) std::rethrow_exception(state.failure);
    const auto fail = [&](const std::exception_ptr& failure) {
        state.failure = failure;
        std::rethrow_exception(failure);
    };
    if (state.batches_to_deliver == 0) {
        if (state.delivered_rows == 0 && state.lost_rows > 0) {
            fail(std::make_exception_ptr(
                DatasetError("none of the {} images can be read: check the data set", state.lost_rows)));
        }
        return nullptr;
    }
    BatchRing::Slot& slot = state.ring.take_batch();
    --state.batches_to_deliver;
    if (slot.error) fail(slot.error);
    Lease lease(&slot.batch, [keep = state_, &slot](const Batch*) { keep->ring.give_back(slot); });
    state.delivered_rows += lease->count;
    for (const std::vector<Unreadable>& row : slot.unreadable) {
        if (!row.empty()) ++state.lost_rows;
        for (const auto& [sample, problem] : row)
            state.options.unreadable->add(state.dataset->name(sample), problem);
    }
    return lease;
}

int64_t Loader::batches_per_epoch() const {
    return state_->sequence.per_epoch();
}
int64_t Loader::failures() const {
    return state_->options.unreadable->count();
}

}  // namespace vkm::train
