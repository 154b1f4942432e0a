#include <graph/reference/host_tensor.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace vkm::graph {
namespace {

template <typename T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}

template <typename T>
void store(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof(T));
}

}  // namespace

uint16_t to_half(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t sign = bits >> 16 & 0x8000u;
    const uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);   // NaN
    if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds to infinity
    if (magnitude < 0x38800000u) {                                               // subnormal or zero
        const float scaled = std::bit_cast<float>(magnitude) * 0x1p24f;          // in units of 2^-24, exact
        return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyint(scaled)));
    }
    const uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
    return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

float from_half(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    const uint32_t exponent = half >> 10 & 0x1fu;
    const uint32_t mantissa = half & 0x3ffu;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
    if (exponent == 0)
        return std::copysign(static_cast<float>(mantissa) * 0x1p-24f, std::bit_cast<float>(sign | 1u));
    return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

std::vector<std::byte> to_bytes(const HostTensor& tensor, const TensorType& type) {
    if (!(tensor.shape == type.shape))
        throw ShapeError("a host tensor of {} is not {}", tensor.shape.text(), type.text());
    std::vector<std::byte> bytes(static_cast<size_t>(type.bytes()));
    for (int64_t row = 0; row < tensor.shape.rows(); ++row)
        for (int64_t c = 0; c < tensor.shape.c; ++c) {
            std::byte* const at = bytes.data() + row * type.row_bytes();
            const double value = tensor.at(row, c);
            switch (type.dtype) {
                case DType::f32:
                    store(at + c * 4, static_cast<float>(value));
                    break;
                case DType::f16:
                    store(at + c * 2, to_half(static_cast<float>(value)));
                    break;
                case DType::i32:
                    store(at + c * 4, static_cast<int32_t>(value));
                    break;
                case DType::u8:
                    store(at + c, static_cast<uint8_t>(value));
                    break;
            }
        }
    return bytes;
}

HostTensor from_bytes(std::span<const std::byte> bytes, const TensorType& type) {
    if (static_cast<int64_t>(bytes.size()) < type.shape.rows() * type.row_bytes())
        throw ShapeError("{} bytes are too few for {}", bytes.size(), type.text());
    HostTensor tensor(type.shape);
    for (int64_t row = 0; row < tensor.shape.rows(); ++row)
        for (int64_t c = 0; c < tensor.shape.c; ++c) {
            const std::byte* const at = bytes.data() + row * type.row_bytes();
            double& value = tensor.at(row, c);
            switch (type.dtype) {
                case DType::f32:
                    value = load<float>(at + c * 4);
                    break;
                case DType::f16:
                    value = from_half(load<uint16_t>(at + c * 2));
                    break;
                case DType::i32:
                    value = load<int32_t>(at + c * 4);
                    break;
                case DType::u8:
                    value = load<uint8_t>(at + c);
                    break;
            }
        }
    return tensor;
}

}  // namespace vkm::graph
