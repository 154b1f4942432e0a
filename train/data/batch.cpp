#include <train/data/batch.h>

#include <algorithm>

namespace vkm::train {
namespace {

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

}  // namespace

std::span<const std::byte> Batch::pixel_bytes() const {
    return std::visit(
        []<typename T>(const std::vector<T>& values) -> std::span<const std::byte> {
            if constexpr (std::is_same_v<T, Source> || std::is_same_v<T, FeatureRow>)
                return {};
            else
                return std::as_bytes(std::span(values));
        },
        pixels);
}

void compact(Batch& batch, std::span<const char> filled) {
    const size_t rows = batch.labels.size();
    size_t count = 0;
    for (size_t row = 0; row < rows; ++row) {
        if (!filled[row]) continue;
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

}  // namespace vkm::train
