#pragma once

#include <base/align.h>
#include <base/error.h>
#include <shaders/shader.h>

#include <cstdint>
#include <string>

namespace vkm::graph {

/// Reports a tensor whose shape does not fit its operator. The message names the layer.
class ShapeError : public Error {
  public:
    using Error::Error;
};

enum class DType : uint8_t { f32, f16, i32, u8 };

/// Holds a shape, NHWC. Everything has four dimensions: a vector of C is {1, 1, 1, C}, a matrix of K rows and
/// N columns {1, 1, K, N}.
struct Shape {
    int64_t n = 1, h = 1, w = 1, c = 1;

    bool operator==(const Shape&) const = default;
    int64_t rows() const { return n * h * w; }
    int64_t elements() const { return rows() * c; }
    int64_t quads() const { return (c + 3) / 4; }  ///< channel quads a row is stored in
    std::string text() const;                      ///< "2x7x7x96"
};

/// Says what a value is: element type and logical shape. Tensors of f32 and f16 are stored with
/// their channels padded with zeros to a multiple of four, so that kernels see rows of quads; those
/// of i32 and u8 are dense.
struct TensorType {
    DType dtype = DType::f32;
    Shape shape;

    bool operator==(const TensorType&) const = default;
    int64_t row_bytes() const;    ///< stored bytes of one row (dense types: of its c elements)
    int64_t image_bytes() const;  ///< stored bytes of one n
    int64_t bytes() const;        ///< stored bytes, rounded up to 16
    Storage storage() const { return dtype == DType::f16 ? Storage::f16 : Storage::f32; }
    std::string text() const;  ///< "f32 2x7x7x96"
};

inline TensorType f32(Shape shape) {
    return {DType::f32, shape};
}
inline TensorType with_shape(TensorType type, Shape shape) {
    return {type.dtype, shape};
}

/// Returns {1, 1, 1, c} of fp32: the type of statistics, biases and per-channel parameters.
inline TensorType channel_vector(int64_t c) {
    return f32({1, 1, 1, c});
}

/// Rounds the rows of a weight matrix up to whole quads of the input they multiply; the extra rows are zero.
inline int64_t round_up4(int64_t n) {
    return align_up(n, 4);
}

}  // namespace vkm::graph
