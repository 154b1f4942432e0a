#include <graph/tensor.h>

#include <array>

namespace vkm::graph {

std::string Shape::text() const {
    return fmt::format("{}x{}x{}x{}", n, h, w, c);
}

int64_t TensorType::row_bytes() const {
    switch (dtype) {
        case DType::f32:
            return shape.quads() * 16;
        case DType::f16:
            return shape.quads() * 8;
        case DType::i32:
            return shape.c * 4;
        case DType::u8:
            return shape.c;
    }
    return 0;
}

int64_t TensorType::image_bytes() const {
    return shape.h * shape.w * row_bytes();
}

int64_t TensorType::bytes() const {
    return align_up(shape.n * image_bytes(), 16);
}

std::string TensorType::text() const {
    constexpr std::array<const char*, 4> names{"f32", "f16", "i32", "u8"};
    return fmt::format("{} {}", names[static_cast<size_t>(dtype)], shape.text());
}

}  // namespace vkm::graph
