#pragma once

#include <train/data/batch.h>
#include <train/data/batch_sequence.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vkm::train {

/// Says why a sample could not be read.
struct Unreadable {
    uint32_t sample;
    std::string problem;
};

/// Keeps a fixed number of batches that are used over and over. Workers fill them, a few rows each
/// at a time, and one consumer takes them in the sequence's order. Every member is safe to call
/// from several threads at once.
class BatchRing {
  public:
    /// Holds a batch of the ring. While it is filled, each row belongs to the worker that took it; once
    /// taken, all of it is the consumer's.
    struct Slot {
        Batch batch;
        BatchPlan plan;
        std::vector<std::vector<Unreadable>> unreadable;  ///< by row: what was tried before, or in vain
        std::vector<char> filled;                         ///< by row: it holds a sample
        std::exception_ptr error;

      private:
        friend BatchRing;
        enum class Status { free, filling, ready, taken };
        Status status = Status::free;
        int unfilled = 0;  ///< of the plan's rows, how many are not done
    };

    /// Names rows [begin, end) of a batch, for one worker to fill.
    struct Share {
        Slot* slot;
        int begin, end;
    };

    /// Takes batches that have room for every row, and how many workers share the rows of a batch.
    BatchRing(std::vector<Batch> batches, BatchSequence, int workers);
    BatchRing(const BatchRing&) = delete;

    /// Waits for rows to fill. Returns nothing where no more are to come, or the ring is stopped.
    std::optional<Share> take_share();
    /// Says that the rows of a share are done, or why they failed.
    void finish_share(const Share&, std::exception_ptr failure);

    /// Waits for the next batch of the sequence. Call it at most once for each batch that the sequence has.
    Slot& take_batch();
    void give_back(Slot&);

    /// Ends every wait for rows to fill.
    void stop();

  private:
    Slot* find_free();
    void begin_batch(Slot&);

    std::mutex mutex_;
    std::condition_variable work_available_, batch_ready_;
    std::vector<Slot> slots_;
    std::vector<Slot*> coming_;  ///< begun and not taken by the consumer, in order
    BatchSequence sequence_;
    int share_rows_;
    Slot* filling_ = nullptr;  ///< has rows that no worker has taken
    int fill_row_ = 0;         ///< the first of them
    bool stopping_ = false;
};

/// Returns what `action` throws, or null.
std::exception_ptr caught(const auto& action) {
    try {
        action();
        return nullptr;
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace vkm::train
