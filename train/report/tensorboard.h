#pragma once

#include <image/image.h>
#include <train/report/append_file.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

struct Scalar {
    std::string_view tag;  ///< "train/loss", "val/top1", …
    double value = 0;      ///< stored as float
};

/// Counts values in buckets as TensorFlow does: their limits grow by a tenth from 1e-12 on to both sides of 0.
class Histogram {
  public:
    /// Counts a value; what is no finite number only in non_finite().
    void add(double value);

    double least() const { return least_; }
    double most() const { return most_; }
    double count() const { return count_; }
    double sum() const { return sum_; }
    double sum_of_squares() const { return squares_; }
    int64_t non_finite() const { return non_finite_; }

    struct Bucket {
        double limit = 0;  ///< its largest value
        double count = 0;
    };
    /// Returns the buckets from the one before the first that holds something, which says where that begins,
    /// to the last.
    std::vector<Bucket> buckets() const;

  private:
    double least_ = 0, most_ = 0, count_ = 0, sum_ = 0, squares_ = 0;
    int64_t non_finite_ = 0;
    std::vector<double> counts_;  ///< by place of the limit
};

/// Writes a TensorBoard event file into a run's folder. Records are TensorFlow's: the length as 8 bytes, its
/// masked CRC-32C, a protocol-buffer Event, its masked CRC-32C. Members throw ReportError.
class TensorBoard {
  public:
    /// Opens a new file, always: TensorBoard reads all of a folder in order. With `resumed_step` the file
    /// starts by telling TensorBoard to forget what earlier files say of later steps.
    explicit TensorBoard(const std::filesystem::path& folder,
                         std::optional<uint64_t> resumed_step = std::nullopt);

    void write(uint64_t step, std::span<const Scalar>);
    void write(uint64_t step, std::string_view tag, const Histogram&);
    void write(uint64_t step, std::string_view tag, const image::Image&);

  private:
    void write_summary(uint64_t step, const std::string& values);

    AppendFile file_;
};

}  // namespace vkm::train
