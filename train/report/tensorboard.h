#pragma once

#include <train/report/append_file.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace vkm::train {

struct Scalar {
    std::string_view tag;  ///< "loss", "lr", "images_per_second", "val/top1", …
    double value = 0;      ///< stored as float
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

  private:
    AppendFile file_;
};

}  // namespace vkm::train
