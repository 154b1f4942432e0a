#include <infer/batch_line.h>

#include <algorithm>

namespace vkm::infer {

BatchLine::BatchLine(size_t images, size_t batch_size, size_t row_bytes, size_t batches)
    : images_(images),
      batch_size_(batch_size),
      total_((images + batch_size - 1) / batch_size),
      batches_(std::min(batches, std::max<size_t>(total_, 1))) {
    for (Batch& batch : batches_) {
        batch.pixels.resize(batch_size * row_bytes);
        batch.problems.resize(batch_size);
        batch.logits.resize(batch_size);
    }
}

std::optional<BatchLine::Row> BatchLine::take_row() {
    std::unique_lock lock(mutex_);
    const auto in_batch = [&] { return next_image_ % batch_size_; };
    rows_.wait(lock, [&] {
        return stopped_ || next_image_ == images_ || in_batch() > 0 || begun_ - returned_ < batches_.size();
    });
    if (stopped_ || next_image_ == images_) return {};
    if (in_batch() == 0) {
        Batch& batch = at(begun_++);
        batch.status = Batch::Status::filling;
        batch.first = next_image_;
        batch.count = batch.missing = std::min(batch_size_, images_ - next_image_);
        std::ranges::fill(batch.problems, std::nullopt);
    }
    const Row row{&at(begun_ - 1), in_batch()};
    ++next_image_;
    return row;
}

void BatchLine::finish_row(const Row& row) {
    const std::lock_guard lock(mutex_);
    if (--row.batch->missing > 0) return;
    row.batch->status = Batch::Status::filled;
    filled_.notify_all();
}

BatchLine::Batch* BatchLine::take_batch(bool wait) {
    std::unique_lock lock(mutex_);
    const auto find = [&]() -> Batch* {
        for (size_t number = returned_; number < begun_; ++number)
            if (at(number).status == Batch::Status::filled) return &at(number);
        return nullptr;
    };
    Batch* batch = nullptr;
    if (wait) filled_.wait(lock, [&] { return stopped_ || taken_ == total_ || (batch = find()); });
    if (stopped_ || taken_ == total_) return nullptr;
    if (!batch) batch = find();
    if (!batch) return nullptr;
    batch->status = Batch::Status::running;
    if (++taken_ == total_) filled_.notify_all();
    return batch;
}

void BatchLine::finish_batch(Batch& batch) {
    const std::lock_guard lock(mutex_);
    batch.status = Batch::Status::done;
    done_.notify_one();
}

BatchLine::Batch* BatchLine::next() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] {
        return stopped_ || returned_ == total_ ||
               (returned_ < begun_ && at(returned_).status == Batch::Status::done);
    });
    if (failure_) std::rethrow_exception(failure_);
    if (stopped_ || returned_ == total_) return nullptr;
    return &at(returned_);
}

void BatchLine::give_back(Batch& batch) {
    {
        const std::lock_guard lock(mutex_);
        batch.status = Batch::Status::free;
        ++returned_;
    }
    rows_.notify_all();
}

void BatchLine::stop(std::exception_ptr failure) {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (!failure_) failure_ = std::move(failure);
    }
    for (std::condition_variable* all : {&rows_, &filled_, &done_})
        all->notify_all();
}

}  // namespace vkm::infer
