#include <bench/matrix_operands.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace vkm::bench {
namespace {

struct Shape {
    uint32_t m, n, k;
};
constexpr Shape listed[] = {{16, 16, 16}, {16, 8, 8}, {8, 8, 32}, {16, 8, 32}, {32, 32, 16}, {16, 16, 64}};

/// Does in whole numbers what bench/shaders/include/multiply_add_matrix.glsl does, and keeps the largest sum
/// on the way.
struct Computed {
    std::vector<int64_t> y;
    int64_t largest = 0;
};
Computed compute(const Shape& s, const MatrixOperands& operands, uint32_t turns) {
    Computed computed;
    const auto a = [&](uint32_t tile, uint32_t m, uint32_t k) {
        return operands.a[(tile * s.m + m) * s.k + k];
    };
    const auto b = [&](uint32_t tile, uint32_t k, uint32_t n) {
        return operands.b[(tile * s.k + k) * s.n + n];
    };
    const auto keep = [&](int64_t sum) {
        computed.largest = std::max(computed.largest, std::abs(sum));
        return sum;
    };
    for (uint32_t m = 0; m < s.m; ++m)
        for (uint32_t n = 0; n < s.n; ++n) {
            int64_t sums[row_tiles][column_tiles] = {}, y = 0;
            for (uint32_t t = 0; t < turns; ++t)
                for (uint32_t r = 0; r < row_tiles; ++r)
                    for (uint32_t i = 0; i < row_tiles; ++i)
                        for (uint32_t j = 0; j < column_tiles; ++j)
                            for (uint32_t k = 0; k < s.k; ++k)
                                sums[i][j] = keep(sums[i][j] + int64_t{a((i + r) % row_tiles, m, k)} *
                                                                   b((j + t) % column_tiles, k, n));
            for (const auto& row : sums)
                for (const int64_t sum : row)
                    y = keep(y + sum);
            computed.y.push_back(y);
        }
    return computed;
}

TEST(MatrixOperandsTest, EveryTypeOfOperandsHoldsThem) {
    for (const Shape& s : listed) {
        for (const auto& tiles :
             {matrix_operands(s.m, s.n, s.k, true).a, matrix_operands(s.m, s.n, s.k, true).b})
            EXPECT_TRUE(std::ranges::all_of(tiles, [](int32_t value) { return value >= -2 && value <= 2; }));
        for (const auto& tiles :
             {matrix_operands(s.m, s.n, s.k, false).a, matrix_operands(s.m, s.n, s.k, false).b})
            EXPECT_TRUE(std::ranges::all_of(tiles, [](int32_t value) { return value >= 0 && value <= 4; }));
    }
}

TEST(MatrixOperandsTest, SumsStayExactInHalfPrecision) {
    for (const Shape& s : listed) {
        const Computed computed = compute(s, matrix_operands(s.m, s.n, s.k, true), most_matrix_turns);
        EXPECT_LE(computed.largest, 2048) << s.m << "x" << s.n << "x" << s.k;
    }
}

TEST(MatrixOperandsTest, AKernelComputesTheirProductOnceForEveryTurnAndTile) {
    for (const bool with_sign : {true, false}) {
        const Shape s = listed[1];
        const MatrixOperands operands = matrix_operands(s.m, s.n, s.k, with_sign);
        for (const uint32_t turns : {4u, 7u}) {
            const Computed computed = compute(s, operands, turns);
            for (size_t i = 0; i < computed.y.size(); ++i)
                EXPECT_EQ(computed.y[i], operands.product[i] * row_tiles * turns);
        }
    }
}

TEST(MatrixOperandsTest, NoTileAndNoTurnCanBeLeftOut) {
    for (const bool with_sign : {true, false})
        for (const Shape& s : listed) {
            const MatrixOperands operands = matrix_operands(s.m, s.n, s.k, with_sign);
            EXPECT_TRUE(std::ranges::all_of(operands.product, [](int64_t sum) { return sum != 0; }));
            for (uint32_t tile = 0; tile < row_tiles; ++tile) {
                MatrixOperands without = operands;
                std::fill_n(without.a.begin() + tile * s.m * s.k, s.m * s.k, 0);
                EXPECT_NE(compute(s, without, 4).y, compute(s, operands, 4).y);
            }
        }
}

}  // namespace
}  // namespace vkm::bench
