#include <train/data/batch_ring.h>

#include <algorithm>

namespace vkm::train {

BatchRing::BatchRing(std::vector<Batch> batches, BatchSequence sequence, int workers)
    : slots_(batches.size()),
      sequence_(std::move(sequence)),
      // A few rows at a time: enough to keep away from the mutex, few enough to share a batch evenly.
      share_rows_(std::clamp(batches.front().rows() / (4 * workers), 1, 16)) {
    coming_.reserve(slots_.size());
    for (size_t i = 0; i < slots_.size(); ++i) {
        Slot& slot = slots_[i];
        slot.batch = std::move(batches[i]);
        slot.unreadable.resize(slot.batch.labels.size());
        slot.filled.resize(slot.batch.labels.size());
    }
}

BatchRing::Slot* BatchRing::find_free() {
    const auto found = std::ranges::find(slots_, Slot::Status::free, &Slot::status);
    return found == slots_.end() ? nullptr : &*found;
}

// Makes a free slot the one to be filled. The caller holds the mutex.
void BatchRing::begin_batch(Slot& slot) {
    slot.status = Slot::Status::filling;
    std::ranges::fill(slot.filled, 0);
    for (std::vector<Unreadable>& row : slot.unreadable)
        row.clear();
    coming_.push_back(&slot);
    slot.plan = {};
    slot.error = caught([&] { slot.plan = sequence_.next(); });
    slot.batch.epoch = slot.plan.epoch;
    slot.batch.number = slot.plan.number;
    slot.unfilled = slot.plan.rows;
    filling_ = &slot;
    fill_row_ = 0;
}

std::optional<BatchRing::Share> BatchRing::take_share() {
    std::unique_lock lock(mutex_);
    work_available_.wait(
        lock, [&] { return stopping_ || filling_ != nullptr || sequence_.left() == 0 || find_free(); });
    if (stopping_) return {};
    if (filling_ == nullptr) {
        if (sequence_.left() == 0) return {};
        begin_batch(*find_free());
    }
    Slot& slot = *filling_;
    const Share share{&slot, fill_row_, std::min(fill_row_ + share_rows_, slot.plan.rows)};
    fill_row_ = share.end;
    if (fill_row_ == slot.plan.rows) filling_ = nullptr;
    lock.unlock();
    work_available_.notify_one();
    return share;
}

void BatchRing::finish_share(const Share& share, std::exception_ptr failure) {
    Slot& slot = *share.slot;
    std::unique_lock lock(mutex_);
    if (failure) slot.error = std::move(failure);
    slot.unfilled -= share.end - share.begin;
    if (slot.unfilled > 0) return;
    lock.unlock();  // this worker had the last rows: the slot is its own
    compact(slot.batch, slot.filled);
    lock.lock();
    slot.status = Slot::Status::ready;
    batch_ready_.notify_all();
}

BatchRing::Slot& BatchRing::take_batch() {
    std::unique_lock lock(mutex_);
    batch_ready_.wait(lock,
                      [&] { return !coming_.empty() && coming_.front()->status == Slot::Status::ready; });
    Slot& slot = *coming_.front();
    coming_.erase(coming_.begin());
    slot.status = Slot::Status::taken;
    return slot;
}

void BatchRing::give_back(Slot& slot) {
    {
        const std::lock_guard lock(mutex_);
        slot.status = Slot::Status::free;
    }
    work_available_.notify_one();
}

void BatchRing::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_available_.notify_all();
}

}  // namespace vkm::train
