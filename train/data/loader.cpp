#include <image/crop.h>
#include <train/data/epoch_order.h>
#include <train/data/loader.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>

namespace vkm::train {
namespace {

/// So many samples in a row that cannot be read are no accident of single files.
constexpr size_t max_replacements = 100;

using Order = std::shared_ptr<const std::vector<uint32_t>>;

enum class SlotStatus { free, filling, ready, leased };

/// A batch of the ring. While it is being filled each row belongs to the worker that took it; all else is
/// guarded by the state's mutex.
struct Slot {
    Batch batch;
    SlotStatus status = SlotStatus::free;
    Order order;
    int wanted = 0;                     ///< rows that the epoch has samples for
    int unfilled = 0;                   ///< of those, how many are not done
    std::vector<std::string> problems;  ///< by row: why its own sample could not be read, or empty
    std::vector<char> filled;           ///< by row: it holds a sample
    std::exception_ptr error;
};

void check(const LoaderOptions& o) {
    const auto require = [](bool condition, const char* what) {
        if (!condition) throw Error("data loader: {}", what);
    };
    require(o.batch_size >= 1, "the batch size must be at least 1, see --batch-size");
    require(o.input_size >= 1, "the input size must be at least 1, see --input-size");
    require(o.crop_pct > 0 && o.crop_pct <= 1,
            "the crop percentage must be above 0 and at most 1, see --crop-pct");
    require(o.workers >= 0 && o.workers <= 1024,
            "the number of workers must be between 0 and 1024, see --workers");
    require(o.batches_ahead >= 2, "at least two batches must be held");
    require(o.first_row >= 0 && o.first_row < o.batch_size, "the first row lies outside of the batch");
    require(o.row_count >= 0 && o.row_count <= o.batch_size - o.first_row,
            "the rows lie outside of the batch");
    require(o.epoch >= 0 && o.batch >= 0, "the start lies before the first batch");
}

/// Every choice made explicit, so that nothing below asks for the mode's defaults.
LoaderOptions resolved(LoaderOptions o) {
    check(o);
    if (o.workers == 0) o.workers = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    if (o.row_count == 0) o.row_count = o.batch_size - o.first_row;
    if (o.mode == LoaderMode::evaluation) {
        o.shuffle = false;
        o.crop = HostCrop::center;
        if (o.end_epoch < 0) o.end_epoch = o.epoch + 1;
    }
    if (!o.on_failure) {
        o.on_failure = [](const SampleFailure& failure) { spdlog::warn("{}", failure.message); };
    }
    return o;
}

int64_t count_batches(const Dataset& dataset, const LoaderOptions& o) {
    const auto size = static_cast<int64_t>(dataset.size());
    if (size == 0) throw DatasetError("the data set is empty");
    if (o.mode == LoaderMode::evaluation) return (size + o.batch_size - 1) / o.batch_size;
    if (size < o.batch_size) {
        throw DatasetError("{} images are fewer than a batch of {}: lower --batch-size", size, o.batch_size);
    }
    return size / o.batch_size;
}

/// What `action` throws, or null.
std::exception_ptr caught(const auto& action) {
    try {
        action();
        return nullptr;
    } catch (...) {
        return std::current_exception();
    }
}

template <typename T>
void move_row(std::vector<T>& values, size_t rows, size_t from, size_t to) {
    const size_t width = values.size() / rows;
    std::copy_n(values.begin() + static_cast<ptrdiff_t>(from * width), width,
                values.begin() + static_cast<ptrdiff_t>(to * width));
}

template <typename T>
void clear_rows(std::vector<T>& values, size_t rows, size_t first, T value) {
    std::fill(values.begin() + static_cast<ptrdiff_t>(values.size() / rows * first), values.end(), value);
}

/// Moves the rows that hold a sample together, in order, and clears those after them.
void compact(Slot& slot) {
    Batch& batch = slot.batch;
    const size_t rows = batch.labels.size();
    size_t count = 0;
    for (size_t row = 0; row < rows; ++row) {
        if (!slot.filled[row]) continue;
        if (row != count) {
            std::visit([&](auto& pixels) { move_row(pixels, rows, row, count); }, batch.pixels);
            move_row(batch.labels, rows, row, count);
            move_row(batch.indices, rows, row, count);
        }
        ++count;
    }
    std::visit([&](auto& pixels) { clear_rows(pixels, rows, count, {}); }, batch.pixels);
    clear_rows(batch.labels, rows, count, -1);
    clear_rows(batch.indices, rows, count, 0u);
    batch.count = static_cast<int>(count);
}

}  // namespace

std::span<const std::byte> Batch::pixel_bytes() const {
    return std::visit([](const auto& values) { return std::as_bytes(std::span(values)); }, pixels);
}

struct Loader::State {
    State(std::shared_ptr<const Dataset> set, LoaderOptions wanted)
        : dataset(std::move(set)),
          options(resolved(std::move(wanted))),
          per_epoch(count_batches(*dataset, options)),
          slots(static_cast<size_t>(options.batches_ahead)),
          fill_epoch(options.epoch),
          fill_number(options.batch) {
        if (options.batch > per_epoch) {
            throw Error(
                "data loader: batch {} lies beyond the epoch's {}: is this the data the run began with?",
                options.batch, per_epoch);
        }
        const int64_t batches = options.end_epoch < 0
                                    ? std::numeric_limits<int64_t>::max()
                                    : (options.end_epoch - options.epoch) * per_epoch - options.batch;
        batches_to_begin = batches_to_deliver = std::max<int64_t>(0, batches);
        coming.reserve(slots.size());
        if (fill_number == per_epoch) begin_epoch(fill_epoch + 1);
        const auto rows = static_cast<size_t>(options.row_count);
        const size_t values = rows * options.input_size * options.input_size * 3;
        for (Slot& slot : slots) {
            slot.batch.height = slot.batch.width = options.input_size;
            slot.batch.labels.resize(rows);
            slot.batch.indices.resize(rows);
            slot.problems.resize(rows);
            slot.filled.resize(rows);
            if (dataset->kind() == SampleKind::tensor) {
                slot.batch.pixels = std::vector<float>(values);
            } else {
                slot.batch.pixels = std::vector<uint8_t>(values);
            }
        }
    }

    Slot* find_free() {
        const auto found = std::find_if(slots.begin(), slots.end(),
                                        [](const Slot& slot) { return slot.status == SlotStatus::free; });
        return found == slots.end() ? nullptr : &*found;
    }

    void begin_epoch(int64_t epoch) {
        fill_epoch = epoch;
        fill_number = 0;
        order.reset();
    }

    /// Makes a free slot the one to be filled. Called with the mutex held.
    void begin_batch(Slot& slot) {
        slot.status = SlotStatus::filling;
        slot.batch.epoch = fill_epoch;
        slot.batch.number = fill_number;
        slot.wanted = 0;
        std::fill(slot.filled.begin(), slot.filled.end(), 0);
        for (std::string& problem : slot.problems)
            problem.clear();
        coming.push_back(&slot);
        slot.error = caught([&] {
            if (!order) {
                order = std::make_shared<const std::vector<uint32_t>>(epoch_order(
                    dataset->size(), options.shuffle, options.seed, static_cast<uint64_t>(fill_epoch)));
            }
            const int64_t left =
                static_cast<int64_t>(dataset->size()) - fill_number * options.batch_size - options.first_row;
            slot.wanted = static_cast<int>(std::clamp<int64_t>(left, 0, options.row_count));
        });
        slot.order = order;
        slot.unfilled = slot.wanted;
        filling = &slot;
        fill_row = 0;
    }

    /// Goes on to the next batch. Called with the mutex held.
    void end_batch() {
        --batches_to_begin;
        filling = nullptr;
        if (++fill_number == per_epoch) begin_epoch(fill_epoch + 1);
    }

    void work() {
        std::unique_lock lock(mutex);
        for (;;) {
            work_available.wait(lock,
                                [&] { return stopping || batches_to_begin == 0 || filling || find_free(); });
            if (stopping || batches_to_begin == 0) return;

            if (!filling) begin_batch(*find_free());
            Slot& slot = *filling;
            // A few rows at a time: enough to keep away from the mutex, few enough to share a batch evenly.
            const int share = std::clamp(options.row_count / (4 * options.workers), 1, 16);
            const int begin = fill_row, end = std::min(begin + share, slot.wanted);
            fill_row = end;
            if (fill_row == slot.wanted) end_batch();

            lock.unlock();
            work_available.notify_one();
            const std::exception_ptr thrown = caught([&] {
                for (int row = begin; row < end; ++row)
                    fill(slot, row);
            });
            lock.lock();
            if (thrown) slot.error = thrown;
            slot.unfilled -= end - begin;
            if (slot.unfilled > 0) continue;
            lock.unlock();  // this worker had the last rows: the slot is its own
            compact(slot);
            lock.lock();
            slot.status = SlotStatus::ready;
            batch_ready.notify_all();
        }
    }

    /// Waits until the next batch is filled, and takes it from the ring.
    Slot& take_ready() {
        std::unique_lock lock(mutex);
        batch_ready.wait(lock,
                         [&] { return !coming.empty() && coming.front()->status == SlotStatus::ready; });
        Slot& slot = *coming.front();
        coming.erase(coming.begin());
        slot.status = SlotStatus::leased;
        return slot;
    }

    void stop() {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        work_available.notify_all();
        for (std::thread& thread : threads)
            thread.join();
    }

    /// Row `row` of the batch: its own sample, or in training the next in order that can be read.
    void fill(Slot& slot, int row) {
        const std::vector<uint32_t>& samples = *slot.order;
        const auto own =
            static_cast<size_t>(slot.batch.number * options.batch_size + options.first_row + row);
        const size_t attempts =
            options.mode == LoaderMode::training ? std::min(samples.size(), max_replacements + 1) : 1;
        std::string& problem = slot.problems[static_cast<size_t>(row)];
        for (size_t attempt = 0; attempt < attempts; ++attempt) {
            const uint32_t index = samples[(own + attempt) % samples.size()];
            try {
                write(slot.batch, row, index);
                slot.filled[static_cast<size_t>(row)] = 1;
                return;
            } catch (const image::ImageError& unreadable) {
                if (attempt == 0) problem = unreadable.what();
            }
        }
        if (options.mode == LoaderMode::training) {
            throw DatasetError("none of {} images in a row can be read: check the data set; the first is {}",
                               attempts, problem);
        }
    }

    void write(Batch& batch, int row, uint32_t index) {
        const Sample sample = dataset->sample(index);
        const size_t values = size_t{3} * batch.height * batch.width;
        const size_t offset = values * row;
        if (const auto* image = std::get_if<image::Image>(&sample); image && !batch.is_float()) {
            write_image(*image, batch.epoch, index,
                        std::span(std::get<std::vector<uint8_t>>(batch.pixels)).subspan(offset, values));
        } else if (const auto* tensor = std::get_if<image::FloatImage>(&sample); tensor && batch.is_float()) {
            require_input_size(tensor->height, tensor->width, index);
            std::copy(tensor->rgb.begin(), tensor->rgb.end(),
                      std::get<std::vector<float>>(batch.pixels).begin() + static_cast<ptrdiff_t>(offset));
        } else {
            throw DatasetError("{} is not of the kind its data set says", dataset->name(index));
        }
        batch.labels[static_cast<size_t>(row)] = dataset->label(index);
        batch.indices[static_cast<size_t>(row)] = index;
    }

    void write_image(const image::Image& image, int64_t epoch, uint32_t index, std::span<uint8_t> out) {
        if (options.crop == HostCrop::random_resized) {
            Random random(RandomStream::random_resized_crop,
                          {options.seed, static_cast<uint64_t>(epoch), index});
            image::resize_bilinear(
                image, image::random_resized_crop(image.height, image.width, options.input_size, random),
                out);
        } else if (dataset->kind() == SampleKind::photograph) {
            image::resize_bilinear(
                image,
                image::evaluation_crop(image.height, image.width, options.input_size, options.crop_pct), out);
        } else {
            require_input_size(image.height, image.width, index);
            std::copy(image.rgb.begin(), image.rgb.end(), out.begin());
        }
    }

    void require_input_size(int height, int width, uint32_t index) const {
        if (height == options.input_size && width == options.input_size) return;
        throw DatasetError("{} is {} x {} pixels but the model's input is {}: pass --input-size {}",
                           dataset->name(index), width, height, options.input_size, width);
    }

    const std::shared_ptr<const Dataset> dataset;
    const LoaderOptions options;
    const int64_t per_epoch;

    std::mutex mutex;
    std::condition_variable work_available, batch_ready;
    std::vector<Slot> slots;
    bool stopping = false;

    // What the workers fill next.
    int64_t batches_to_begin = 0;
    int64_t fill_epoch, fill_number;  ///< of the batch being filled, or the next to be begun
    Slot* filling = nullptr;          ///< has rows that no worker has taken
    int fill_row = 0;                 ///< the first of them
    Order order;                      ///< of fill_epoch; made when its first batch begins
    std::vector<Slot*> coming;        ///< begun and not delivered, in order

    // The consumer's own.
    int64_t batches_to_deliver = 0, delivered_rows = 0, failures = 0;
    std::exception_ptr failure;

    std::vector<std::thread> threads;
};

Loader::Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : state_(std::make_shared<State>(std::move(dataset), std::move(options))) {
    // Fewer than wanted will do.
    state_->threads.reserve(static_cast<size_t>(state_->options.workers));
    for (int i = 0; i < state_->options.workers; ++i) {
        try {
            state_->threads.emplace_back([state = state_.get()] { state->work(); });
        } catch (const std::system_error& error) {
            if (!state_->threads.empty()) break;
            throw Error(
                "no thread can be started to read images ({}): end other programs, or raise the limit of "
                "processes (ulimit -u)",
                error.code().message());
        }
    }
}

Loader::~Loader() {
    state_->stop();
}

Loader::Lease Loader::next() {
    State& state = *state_;
    if (state.failure) std::rethrow_exception(state.failure);
    const auto fail = [&](const std::exception_ptr& failure) {
        state.failure = failure;
        std::rethrow_exception(failure);
    };
    if (state.batches_to_deliver == 0) {
        if (state.delivered_rows == 0 && state.failures > 0) {
            fail(std::make_exception_ptr(
                DatasetError("none of the {} images can be read: check the data set", state.failures)));
        }
        return nullptr;
    }
    Slot& slot = state.take_ready();
    --state.batches_to_deliver;
    if (slot.error) fail(slot.error);
    const auto give_back = [keep = state_, &slot](const Batch*) {
        {
            const std::lock_guard lock(keep->mutex);
            slot.status = SlotStatus::free;
        }
        keep->work_available.notify_one();
    };
    Lease lease(&slot.batch, give_back);
    state.delivered_rows += lease->count;
    const int64_t first = lease->number * state.options.batch_size + state.options.first_row;
    for (int row = 0; row < slot.wanted; ++row) {
        const std::string& problem = slot.problems[static_cast<size_t>(row)];
        if (problem.empty()) continue;
        ++state.failures;
        state.options.on_failure({(*slot.order)[static_cast<size_t>(first + row)], problem});
    }
    return lease;
}

int64_t Loader::batches_per_epoch() const {
    return state_->per_epoch;
}
int64_t Loader::failures() const {
    return state_->failures;
}

}  // namespace vkm::train
