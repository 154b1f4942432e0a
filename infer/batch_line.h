#pragma once

#include <infer/classification.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vkm::infer {

/// Passes images, in batches, from threads that read them to threads that run a network, and on to one consumer,
/// who gets the batches in order whatever is done first. The same few batches are used over and over, so memory
/// does not grow with the images. Every member is safe to call from several threads at once.
class BatchLine {
  public:
    /// Holds a batch. Rows belong to the readers that took them, then all of it to the runner, then to the consumer.
    struct Batch {
        size_t first = 0, count = 0;                        ///< its images
        std::vector<uint8_t> pixels;                        ///< row by row
        std::vector<std::vector<double>> logits;            ///< by row
        std::vector<std::optional<Unclassified>> problems;  ///< by row: why there are none

      private:
        friend BatchLine;
        enum class Status : uint8_t { free, filling, filled, running, done };
        Status status = Status::free;
        size_t missing = 0;  ///< rows that no reader has finished
    };
    struct Row {
        Batch* batch;
        size_t index;
        size_t image() const { return batch->first + index; }
    };

    /// Takes how many images there are, how many make a batch (the last may be shorter), the bytes of a row, and
    /// how many batches there are at a time.
    BatchLine(size_t images, size_t batch_size, size_t row_bytes, size_t batches);
    BatchLine(const BatchLine&) = delete;

    /// Waits for a row to read. Returns nothing where none are left, or the line is stopped.
    std::optional<Row> take_row();
    void finish_row(const Row&);

    /// Returns the first batch that is read and that nobody runs. Where there is none it waits for one, or returns
    /// null with `wait` false. Null also means that none will come.
    Batch* take_batch(bool wait);
    void finish_batch(Batch&);

    /// Waits for the next batch in order that is done. Returns null after the last. Throws what stop() was given.
    Batch* next();
    void give_back(Batch&);

    /// Ends every wait; next() throws the first failure that was given.
    void stop(std::exception_ptr failure = nullptr);

  private:
    Batch& at(size_t number) { return batches_[number % batches_.size()]; }

    const size_t images_, batch_size_, total_;
    std::mutex mutex_;
    std::condition_variable rows_, filled_, done_;
    std::vector<Batch> batches_;
    size_t begun_ = 0, returned_ = 0;  ///< batches, in order
    size_t next_image_ = 0, taken_ = 0;
    bool stopped_ = false;
    std::exception_ptr failure_;
};

}  // namespace vkm::infer
