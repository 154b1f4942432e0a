#include <bench/matrix_operands.h>

#include <functional>

namespace vkm::bench {
namespace {

class Draw {
  public:
    /// Returns a whole number from 0 to below `end`.
    int32_t operator()(uint32_t end) {
        state_ = state_ * 1664525 + 1013904223;
        return static_cast<int32_t>((state_ >> 16) % end);
    }

  private:
    uint32_t state_ = 1;
};

// Returns tiles whose sum is given, elementwise: each takes back what the one before drew.
std::vector<int32_t> cancelling_tiles(uint32_t tiles, const std::vector<int32_t>& sum, Draw& draw) {
    std::vector<int32_t> all(tiles * sum.size());
    for (uint32_t tile = 0; tile < tiles; tile += 2)
        for (size_t i = 0; i < sum.size(); ++i) {
            const int32_t drawn = draw(3) - 1;
            all[tile * sum.size() + i] = drawn;
            all[(tile + 1) * sum.size() + i] = (tile == 0 ? sum[i] : 0) - drawn;
        }
    return all;
}

std::vector<int32_t> positive_tiles(uint32_t tiles, size_t elements, Draw& draw) {
    std::vector<int32_t> all(tiles * elements);
    for (int32_t& value : all)
        value = draw(5);
    return all;
}

std::vector<int32_t> sum_of(const std::vector<int32_t>& tiles, size_t elements) {
    std::vector<int32_t> sum(elements);
    for (size_t i = 0; i < tiles.size(); ++i)
        sum[i % elements] += tiles[i];
    return sum;
}

}  // namespace

MatrixOperands matrix_operands(uint32_t m, uint32_t n, uint32_t k, bool with_sign) {
    Draw draw;
    MatrixOperands operands;
    std::vector<int32_t> a(size_t{m} * k), b(size_t{k} * n);
    if (with_sign) {
        for (uint32_t row = 0; row < m; ++row)
            a[row * k + row % k] = 2 * draw(2) - 1;
        for (int32_t& value : b)
            value = 2 * draw(2) - 1;
        operands.a = cancelling_tiles(row_tiles, a, draw);
        operands.b = cancelling_tiles(column_tiles, b, draw);
    } else {
        operands.a = positive_tiles(row_tiles, a.size(), draw);
        operands.b = positive_tiles(column_tiles, b.size(), draw);
        a = sum_of(operands.a, a.size());
        b = sum_of(operands.b, b.size());
    }
    for (uint32_t row = 0; row < m; ++row)
        for (uint32_t column = 0; column < n; ++column) {
            int64_t sum = 0;
            for (uint32_t i = 0; i < k; ++i)
                sum += int64_t{a[row * k + i]} * b[i * n + column];
            operands.product.push_back(sum);
        }
    return operands;
}

}  // namespace vkm::bench
