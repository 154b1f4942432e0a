#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Says where what scale_images is told of an image stands in its row of the tables, in words of 32 bits.
/// Columns and rows have an entry for each of the output's: the first of the source's pixels (rows) that it is
/// made of, their number, and a weight for each, a multiple of 2^-22.
struct ScaleTable {
    enum Word : int64_t {
        width,          ///< of the source; 0: there is no image, and the result is black
        height,         ///< of the source
        column_stride,  ///< words of a column's entry
        row_stride,     ///< words of a row's entry
        columns,        ///< where the columns' entries begin
        rows,           ///< where the rows' entries begin
        mirrored,       ///< horizontal_flip | vertical_flip
        header_words = 8
    };
    enum Flip : int32_t { horizontal_flip = 1, vertical_flip = 2 };
    enum Entry : int64_t { first, count, weights };
};

struct ScaleImages {
    int64_t size = 224;  ///< of the result, both sides
    int64_t most_rows =
        0;  ///< of a source; 0: all are of the result's size already, and are at most mirrored
};

/// Cuts, scales and mirrors images of any size as Pillow's Image.resize() does, bit for bit: filtered along
/// rows, rounded to 8 bits, and filtered across them. What is filtered how was found by the host, so
/// that a device computes with integers alone and all get the same bits. Inputs: images u8 {N, 1, 1, BYTES} of
/// rows of RGB, the last eight bytes unused; tables i32 {N, 1, 1, WORDS} (ScaleTable). Output: i32 {N, size,
/// size, 1}, a pixel a word: red in the lowest byte, then green and blue.
std::shared_ptr<const Operator> scale_images(const ScaleImages&);

}  // namespace vkm::graph::ops
