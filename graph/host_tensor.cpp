#include <base/half.h>
#include <graph/host_tensor.h>

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
