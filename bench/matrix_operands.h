#pragma once

#include <cstdint>
#include <vector>

namespace vkm::bench {

constexpr uint32_t row_tiles = 4, column_tiles = 2;  ///< as in bench/shaders/include/multiply_add_matrix.glsl

/// Most turns of a kernel over such operands. Every sum on the way is a whole number no larger than 2048:
/// exact in fp16, and in matrix units that add up with fewer digits than fp32 has.
constexpr uint32_t most_matrix_turns = 512;

/// Holds tiles that matrix units multiply to measure them, as whole numbers from -2 to 2, which every type of
/// operands holds; from 0 to 4 where it has no sign.
struct MatrixOperands {
    std::vector<int32_t> a;        ///< [row_tiles, M, K]
    std::vector<int32_t> b;        ///< [column_tiles, K, N]
    std::vector<int64_t> product;  ///< [M, N]: (sum of the tiles of a) times (sum of the tiles of b)
};

/// Draws the same tiles every time. With a sign, tiles nearly cancel: the sum of a's has one number in a row,
/// which is 1 or -1, and so are all of b's. No tile can be left out without changing the product.
MatrixOperands matrix_operands(uint32_t m, uint32_t n, uint32_t k, bool with_sign);

}  // namespace vkm::bench
